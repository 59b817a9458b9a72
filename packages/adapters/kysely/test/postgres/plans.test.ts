import type { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { aBooking, Booking, Flag, hour, tenant } from '../entities.ts'
import { type Explained, explained, explainPrepared } from './explained.ts'
import { type Opened, onPostgres, type Place } from './place.ts'

/** What a search in an index touches: its levels, one page of the table for each row that is found, and a few to write them. */
const few = 60

function expectIndex({ scanned, indexes, sorted, pages, text }: Explained, index: string | RegExp, most = few): void {
  expect(scanned, text).toEqual([])
  expect(indexes.join(' '), text).toMatch(index)
  expect(pages, text).toBeLessThan(most)
  expect(sorted, text).toBeLessThanOrEqual(20)
}

/** Past the storage: with its keys and indexes made afterwards, and statistics taken. */
async function fill({ client }: Place, { storage }: Opened, table: string, key: string, rows: string): Promise<void> {
  const { rows: indexes } = await client.query<{ name: string }>(
    `select indexrelid::regclass::text as name from pg_index where indrelid = $1::regclass and not indisprimary and not indisexclusion`,
    [table],
  )
  for (const { name } of indexes) await client.query(`drop index ${name}`)
  await client.query(`alter table ${table} set unlogged, drop constraint ${table}_pkey`)
  await client.query(`set maintenance_work_mem = '256MB'`)
  await client.query(`insert into ${table} ${rows}`)
  await client.query(`alter table ${table} add primary key (${key})`)
  await storage.schema.apply()
  await client.query(`vacuum analyze ${table}`)
}

const bookings = (
  count: number,
) => `("tenantId", id, "roomId", "startsAt", "endsAt", status, guests, code, version, "createdAt", "updatedAt")
  select 'tenant', 'id-' || n, 'room', timestamptz '2026-01-01' + n * interval '1 hour', timestamptz '2026-01-01' + (n + 1) * interval '1 hour',
    'requested', 1, 'code-' || n, 1, now(), now() from generate_series(1, ${count}) as n`

const delivered = (
  count: number,
) => `(id, topic, payload, state, "availableAt", "maxAttempts", "attemptsLeft", "enqueuedAt", "deliveredAt")
  select 'id-' || lpad(n::text, 7, '0'), 'mail', '1', 'delivered', at, 10, 9, at, at
  from generate_series(1, ${count}) as n, lateral (select timestamptz '2026-01-01' + n * interval '1 second' as at) as times`

const entries = (count: number) => `(id, namespace, key, value, revision, "expiresAt")
  select 'id-' || lpad(n::text, 7, '0'), 'space-' || n / 1000, 'key-' || n, 'value', 'r', timestamptz '2126-01-01' + n * interval '1 second'
  from generate_series(1, ${count}) as n`

const records = (
  count: number,
) => `(id, namespace, key, "scopeKey", fingerprint, state, token, "leasedUntil", "keepUntil", result)
  select 'id-' || lpad(n::text, 7, '0'), 'n', 'key-' || n, '[]', 'f', 'completed', 't', now(), timestamptz '2126-01-01' + n * interval '1 second', '1'
  from generate_series(1, ${count}) as n`

onPostgres((place) => {
  const opened = (): Promise<Opened> =>
    place.openReady({
      timeoutMs: 60_000,
      pool: { options: `${place.config.options} -c maintenance_work_mem=256MB` },
    })
  const plansOf = (ready: Opened, call: () => Promise<unknown>, client: Client = place.client): Promise<Explained[]> =>
    explained(client, ready, call)
  const planOf = async (
    ready: Opened,
    call: () => Promise<unknown>,
    how?: typeof explainPrepared,
  ): Promise<Explained> => {
    const [plan, ...more] = await explained(place.client, ready, call, how)
    expect(more).toEqual([])
    if (!plan) throw new Error('nothing was sent')
    return plan
  }

  describe('plans', () => {
    test('of a repository: keys, indexes and rules are looked at by their indexes', async () => {
      const ready = await opened()
      await fill(place, ready, 'booking', '"tenantId", id', bookings(20_000))
      const repository = ready.storage.repository(Booking, tenant)
      const primary = /^booking_pkey$/
      expectIndex(await planOf(ready, () => repository.get('id-5000')), primary)
      expectIndex(await planOf(ready, () => repository.getMany(['id-5000', 'id-7000', 'none'])), primary)
      expectIndex(await planOf(ready, () => repository.getBy('code', { code: 'code-5000' })), /^booking_code_key$/)
      const byRoom = { roomId: 'room', startsAt: { gte: hour(5_000), lt: hour(5_010) } }
      expectIndex(await planOf(ready, () => repository.find({ where: byRoom })), 'booking_byRoom_index')

      const [insert, read] = await plansOf(ready, () =>
        repository.insertOrGet('code', { ...aBooking(30_000), code: 'code-5000' }),
      )
      expect(insert?.text).toMatch(/"written" as \(insert/)
      expect(read?.text).toMatch(/^select/)
      if (read) expectIndex(read, /^booking_code_key$/)

      const lookedAt = /^booking_pkey.*booking_perRoom_rule$/
      const lost = () => repository.insert(aBooking(5_000)).catch(() => null)
      expectIndex(await planOf(ready, lost), lookedAt, 4 * few)
      expectIndex(await planOf(ready, lost, explainPrepared), lookedAt, 4 * few)

      const version = { version: 1 }
      const [plain] = await plansOf(ready, () => repository.update('id-5000', { guests: 2 }, version))
      if (plain) expectIndex(plain, primary)
      const [moved] = await plansOf(ready, () =>
        repository.update('id-5001', { startsAt: hour(40_000), endsAt: hour(40_001) }),
      )
      if (moved) expectIndex(moved, /booking_pkey.*booking_perRoom_rule|booking_perRoom_rule.*booking_pkey/)
      expect(moved?.text).toMatch(/^update/)
      const [renamed] = await plansOf(ready, () => repository.update('id-5002', { code: 'other' }))
      if (renamed) expectIndex(renamed, /booking_code_key/)
      expectIndex(await planOf(ready, () => repository.delete('id-6000', version)), primary)
    }, 60_000)

    test('of a prefix', async () => {
      const ready = await opened()
      await place.client.query(
        `insert into flag (id, label, "on", count) select 'id-' || n, 'label-' || n, true, n from generate_series(1, 20000) as n; analyze flag`,
      )
      const flags = ready.storage.repository(Flag)
      expectIndex(
        await planOf(ready, () => flags.find({ where: { label: { startsWith: 'label-1500' } } })),
        'flag_byLabel_index',
      )
    })

    test('of an outbox with 1,000,000 delivered messages', async () => {
      const ready = await opened()
      const table = 'portolan_outbox_message'
      await fill(place, ready, table, 'id', delivered(1_000_000))
      const outbox = ready.storage.outbox()
      await outbox.enqueue(Array.from({ length: 300 }, (_, payload) => ({ topic: 'mail', payload })))
      // As the server would by itself after a while: it has never seen a pending message.
      for (const analyzed of [false, true]) {
        if (analyzed) await place.client.query(`analyze ${table}`)
        const claim = await planOf(ready, () => outbox.claim({ limit: 10, leaseMs: 60_000 }))
        expectIndex(claim, `${table}_byState_index`, 5 * few)
        const ofTopic = await planOf(ready, () => ready.storage.outbox('mail').claim({ limit: 10, leaseMs: 60_000 }))
        expectIndex(ofTopic, new RegExp(`${table}_by(Topic|State)_index`), 5 * few)
        expectIndex(await planOf(ready, () => outbox.list({ state: 'due', limit: 10 })), `${table}_byState_index`)
        const claimed = await outbox.claim({ limit: 10, leaseMs: 60_000 })
        expect(claimed).toHaveLength(10)
        // By the ids, or by the few that are pending: as the statistics say.
        expectIndex(await planOf(ready, () => outbox.acknowledge(claimed)), table, 5 * few)
        const last = await outbox.list({ state: 'delivered', limit: 10 })
        const next = await planOf(ready, () => outbox.list({ state: 'delivered', limit: 10, cursor: last.nextCursor }))
        expectIndex(next, `${table}_byState_index`)
        const purge = await planOf(ready, () => outbox.purge({ deliveredBefore: '2026-01-01T00:00:10.000Z' }))
        expectIndex(purge, `${table}_byDelivery_index`)
        const [looked] = await plansOf(ready, () =>
          outbox.enqueue(['a', 'b'].map((id) => ({ id: `${id} ${analyzed}`, topic: 'mail', payload: 1 }))),
        )
        expect(looked?.text).toMatch(/^select/)
        if (looked) expectIndex(looked, `${table}_pkey`)
      }
    }, 60_000)

    test('of key-value entries and idempotency records, 100,000 of each', async () => {
      const ready = await opened()
      const [entry, record] = ['portolan_key_value_entry', 'portolan_idempotency_record']
      await fill(place, ready, entry, 'id', entries(100_000))
      await fill(place, ready, record, 'id', records(100_000))
      const store = ready.storage.keyValue('space-50')
      expectIndex(await planOf(ready, () => store.get('key')), `${entry}_pkey`)
      expectIndex(await planOf(ready, () => store.set('key', 'value')), '')
      expectIndex(await planOf(ready, () => store.keys()[Symbol.asyncIterator]().next()), entry, 1_100)
      expectIndex(await planOf(ready, () => ready.storage.keyValue('none').clear()), `${entry}_byNamespace_index`)
      const [emptied, ...more] = await plansOf(ready, () => store.clear())
      expect(more).toEqual([])
      // Beside the index each of its thousand rows is touched, to be deleted.
      if (emptied) expectIndex(emptied, `${entry}_byNamespace_index`, 1_500)
      expect(emptied?.text).toMatch(/^delete/)
      const swept = await plansOf(ready, () => ready.storage.sweep())
      expect(swept).toHaveLength(2)
      if (swept[0]) expectIndex(swept[0], `${entry}_byExpiry_index`)
      if (swept[1]) expectIndex(swept[1], `${record}_byKeepUntil_index`)
    }, 60_000)
  })
})
