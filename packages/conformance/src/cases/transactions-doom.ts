import type { Storage, Transaction } from '@portolan/ports'
import { allWon, checkRefusal, equal, ok, refused, same } from '../assert.ts'
import { type Case, defineCase, type World } from '../case.ts'
import { fault, withFaults } from '../faults.ts'
import { declared, offered, together } from '../needs.ts'
import { Account, Booking, Note } from '../standard-entities.ts'

const transactions = declared('transactions')

async function addRow({ a }: World): Promise<void> {
  await a.repository(Account).insert({ id: 'row', email: 'row' })
}

/** T4: what a transaction survives, what dooms it, and what a call that stands alone repeats. */
export const doomCases: readonly Case[] = [
  defineCase(
    'T4.survivable-refusals',
    'a transaction whose work catches a refusal of these codes goes on and commits',
    async ({ a, b, capabilities }) => {
      await a.repository(Account).insert({ id: 'row', email: 'row' })
      const tenant = { tenantId: 'tenant' }
      const booking = { roomId: 'room', startsAt: '2026-06-01T10:00:00.000Z', endsAt: '2026-06-01T11:00:00.000Z' }
      await a.repository(Booking, tenant).insert(booking)
      let runs = 0
      await a.transaction(async (tx) => {
        runs++
        const accounts = tx.repository(Account)
        await accounts.insert({ email: 'first' })
        await refused(accounts.insert({ email: 'nul\0' }), 'invalid-value')
        await refused(accounts.find({ limit: 0 }), 'invalid-query')
        await refused(accounts.page({ limit: 1, cursor: 'no cursor' }), 'invalid-cursor')
        await refused(accounts.insert({ id: 'row', email: 'second' }), 'duplicate')
        await refused(accounts.insert({ email: 'row' }), 'duplicate')
        await refused(accounts.update('row', { name: 'x' }, { version: 9 }), 'stale-version')
        await refused(accounts.update('row', { name: 'x' }, { where: { balance: 9 } }), 'condition-failed')
        await refused(accounts.insert({ email: 'z' }, { unless: { email: 'row' }, guard: 'g' }), 'condition-failed')
        if (capabilities.overlap) await refused(tx.repository(Booking, tenant).insert(booking), 'overlap')
        await refused(tx.idempotency().complete('no token'), 'lease-lost')
        await refused(() => tx.repository(Booking, {} as never), 'misuse')
        if (capabilities.overlap)
          await refused(
            tx.repository(Booking, tenant).updateMany({ where: {}, patch: { roomId: 'elsewhere' } }),
            'unsupported',
          )
        if (capabilities.maxRowBytes !== null)
          await refused(accounts.insert({ email: 'large', extra: 'x'.repeat(capabilities.maxRowBytes) }), 'too-large')
        await accounts.insert({ email: 'last' })
        await accounts.update('row', { name: 'updated' })
      })
      equal(runs, 1, 'runs of the work')
      const rows = await b.repository(Account).find({ orderBy: { email: 'asc' } })
      same(
        rows.map(({ email, name }) => `${email} ${name}`),
        ['first ', 'last ', 'row updated'],
        'the rows committed',
      )
    },
    { skip: transactions },
  ),

  defineCase(
    'T4.swallowed-failure-dooms',
    'a call that fails in any other way dooms the transaction: later calls say so, and its end never reports success',
    async (world) => {
      const client = await world.open({
        wrapDriver: (driver) =>
          withFaults(driver, {
            insert: async (plan, context) => {
              if (plan.entity.name === 'note') throw fault(null)
              return driver.insert(plan, context)
            },
          }),
      })
      let runs = 0
      const call = client.storage.transaction(async (tx) => {
        runs++
        await tx.repository(Account).insert({ email: 'before' })
        const note = tx.repository(Note, { ownerId: 'owner' }).insert({ title: 'fails' })
        await refused(note, 'unexpected')
        const doomed = { data: { first: 'unexpected' }, says: ['unexpected'] }
        await refused(tx.repository(Account).insert({ email: 'after' }), 'transaction-doomed', doomed)
        await refused(tx.repository(Account).find(), 'transaction-doomed', doomed)
        await refused(tx.keyValue('space').get('key'), 'transaction-doomed', doomed)
        await refused(tx.outbox('topic').enqueue([{ payload: 1 }]), 'transaction-doomed', doomed)
        await refused(tx.guard('key'), 'transaction-doomed', doomed)
        await refused(
          tx.transaction(async () => 'inner'),
          'transaction-doomed',
          doomed,
        )
        return 'all is well'
      })
      await refused(call, 'transaction-doomed', { data: { first: 'unexpected' } })
      equal(runs, 1, 'runs of the work')
      equal(await world.b.repository(Account).count(), 0, 'rows stored')
    },
    { skip: transactions },
  ),

  defineCase(
    'T4.failed-statement-dooms',
    'a statement that the database itself refuses dooms the transaction, even if the work swallows the error and answers',
    async ({ a, b, target, place }) => {
      await target.offers.dropEntity?.(place, 'note')
      const call = a.transaction(async (tx) => {
        await tx.repository(Account).insert({ email: 'before' })
        const failed = await tx
          .repository(Note, { ownerId: 'owner' })
          .insert({ title: 'fails' })
          .then(
            () => null,
            (error: unknown) => error,
          )
        ok(failed !== null, 'a row was inserted into what is not there')
        return 'all is well'
      })
      await refused(call, 'transaction-doomed')
      equal(await b.repository(Account).count(), 0, 'rows stored')
    },
    { skip: together(transactions, offered('dropEntity')) },
  ),

  defineCase(
    'T4.lone-conflict-is-repeated',
    'a single operation repeats a conflict that is known not applied, and is done once',
    async (world) => {
      await addRow(world)
      let conflicts = 0
      const client = await world.open({
        wrapDriver: (driver) =>
          withFaults(driver, {
            update: async (plan, context) => {
              if (conflicts++ < 3) throw fault('transaction-conflict')
              return driver.update(plan, context)
            },
          }),
      })
      const row = await client.storage.repository(Account).update('row', { balance: { increment: 1 } })
      same([row?.balance, row?.version], [1, 2], 'the row after the update')
      equal(conflicts, 4, 'calls of the driver')
    },
  ),

  defineCase(
    'T4.lone-conflict-until-the-deadline',
    "the storage's timeoutMs bounds a single operation with its repetitions, and a transaction that says nothing else",
    async (world) => {
      await addRow(world)
      const client = await world.open({
        timeoutMs: 300,
        wrapDriver: (driver) => withFaults(driver, { update: () => Promise.reject(fault('transaction-conflict')) }),
      })
      const update = (ports: Pick<Storage<unknown>, 'repository'>) =>
        ports.repository(Account).update('row', { balance: 1 })
      const calls = [
        () => update(client.storage),
        () => client.storage.transaction((tx) => update(tx as unknown as Storage<unknown>)),
      ]
      for (const call of world.capabilities.transactions ? calls : calls.slice(0, 1)) {
        const began = performance.now()
        const { data } = await refused(call, 'transaction-conflict')
        const took = performance.now() - began
        ok(data.attempts >= 2, `it gave up after ${data.attempts} attempt`)
        ok(took > 200 && took < 4_000, `it gave up after ${Math.round(took)} ms, though timeoutMs was 300`)
      }
    },
  ),

  defineCase(
    'T4.lone-unknown-outcome-is-not-repeated',
    'a single write whose outcome is unknown is never repeated: it may have been done',
    async (world) => {
      await addRow(world)
      const client = await world.open({
        wrapDriver: (driver) =>
          withFaults(driver, {
            update: async (plan, context) => {
              await driver.update(plan, context)
              throw fault('commit-unknown')
            },
          }),
      })
      const update = client.storage.repository(Account).update('row', { balance: { increment: 1 } })
      const error = await refused(update, 'commit-unknown')
      equal(error.retryable, false, 'retryable')
      equal((await world.b.repository(Account).get('row'))?.balance, 1, 'the balance')
    },
  ),

  defineCase(
    'T4.racing-inserts-go-on',
    'racers that insert one natural key in transactions: one inserts, the others catch the refusal and commit the rest',
    async ({ a, race, racers, rounds }) => {
      for (let round = 0; round < rounds; round++) {
        const email = `round-${round}`
        const results = await race(racers, (storage, index) =>
          storage.transaction(
            async (tx) => {
              await tx.keyValue('racers').set(`${round}-${index}`, 'was here')
              return await insertUnlessThere(tx, email)
            },
            { timeoutMs: 60_000 },
          ),
        )
        equal(allWon(results).filter(Boolean).length, 1, 'racers that inserted')
        equal(await count(a, email), 1, 'rows')
      }
      let entries = 0
      for await (const _ of a.keyValue('racers').keys()) entries++
      equal(entries, racers * rounds, 'entries that the racers left')
    },
    { skip: transactions, race: true },
  ),
]

async function insertUnlessThere(tx: Transaction<unknown>, email: string): Promise<boolean> {
  try {
    await tx.repository(Account).insert({ email })
    return true
  } catch (error) {
    // A racer that slipped between shows as a conflict, which must get out, or as a duplicate, which may be caught.
    if ((error as { code?: unknown }).code !== 'duplicate') throw error
    checkRefusal(error, 'duplicate', { data: { entity: 'account', unique: 'email' } })
    return false
  }
}

function count(storage: Storage<unknown>, email: string): Promise<number> {
  return storage.repository(Account).count({ where: { email } })
}
