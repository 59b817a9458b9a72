import { describe, expect, test } from 'vitest'
import { mine, ownIndex, pageSize, pages, pagesInAll, Ticket, visits } from '../tickets.ts'
import { type Explained, explained } from './explained.ts'
import { type Opened, onPostgres, type Place } from './place.ts'

/** An index row leads anywhere in the table, and an order that turns is looked for in three ranges. */
const constant = 3 * (pageSize + 1 + 10)

onPostgres((place) => {
  const opened = async (): Promise<Opened> => {
    const options = `${place.config.options} -c maintenance_work_mem=256MB`
    const ready = place.open({
      entities: [Ticket],
      without: ['keyValue', 'outbox', 'idempotency'],
      timeoutMs: 60_000,
      pool: { options },
    })
    await ready.storage.schema.apply()
    return ready
  }

  /** How the server goes about each page, by the page's name. */
  const plansOf = async (ready: Opened, last: number): Promise<Map<string, Explained>> => {
    const plans = new Map<string, Explained>()
    for await (const { name, page } of pages(ready.storage, last)) {
      const [plan] = await explained(place.client, ready, page)
      if (plan) plans.set(name, plan)
    }
    return plans
  }

  describe('pages', () => {
    test('visit each row once and in order, also where they are looked for in ranges', async () => {
      const ready = await opened()
      await fill(place, ready, 1, 600)
      expect(await ready.storage.repository(Ticket, mine).count()).toBe(300)
      for await (const { name, visited, all } of visits(ready.storage)) expect(visited, name).toEqual(all)
    })

    test('cost at 1,000,000 rows what they cost at 1,000, wherever they lie in the list', async () => {
      const ready = await opened()
      await fill(place, ready, 1, 1_000)
      const few = await plansOf(ready, 1_000)
      await fill(place, ready, 1_001, 1_000_000)
      const many = await plansOf(ready, 1_000_000)
      expect(many.size).toBe(pagesInAll)
      for (const [name, plan] of many) {
        const less = few.get(name)?.pages
        expect.soft(plan.scanned, `${name}\n${plan.text}`).toEqual([])
        expect.soft(plan.indexes.length, `${name}\n${plan.text}`).toBeGreaterThan(0)
        expect.soft(plan.sorted, `rows sorted by ${name}\n${plan.text}`).toBeLessThanOrEqual(pageSize + 1)
        expect.soft(plan.pages, `pages touched by ${name}, of 1,000 rows ${less}\n${plan.text}`).toBeLessThan(constant)
      }
    }, 60_000)
  })
})

/** Rows are made without their indexes, which come afterwards: that takes a fifth of the time. */
async function fill({ client, schema }: Place, { storage }: Opened, first: number, last: number): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select indexname as name from pg_indexes where schemaname = $1 and tablename = 'ticket' and indexname <> 'ticket_pkey'`,
    [schema],
  )
  for (const { name } of rows) await client.query(`drop index "${name}"`)
  await client.query(`alter table ticket set unlogged, drop constraint ticket_pkey`)
  await client.query(
    `insert into ticket ("tenantId", id, queue, status, rank, due)
      select 'tenant-' || n % 2, 'id-' || lpad(n::text, 7, '0'), 'queue-' || n * 10 / $2,
        case when n % 3 = 0 then 'open' else 'closed' end, n % 1000,
        case when n % ($2 / 10) < $2 * 3 / 100 then null else timestamptz '2026-01-01' + n * interval '1 minute' end
      from generate_series($1::int, $2::int) as n`,
    [first, last],
  )
  await client.query(`set maintenance_work_mem = '256MB'`)
  await client.query('alter table ticket add primary key ("tenantId", id)')
  await Promise.all([storage.schema.apply(), client.query(ownIndex)])
  await client.query('analyze ticket')
}
