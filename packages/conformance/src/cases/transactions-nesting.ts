import type { Transaction } from '@portolan/ports'
import { allWon, equal, ok, refused, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { gate } from '../interleaving.ts'
import { declared } from '../needs.ts'
import { Account, Note } from '../standard-entities.ts'

const skip = declared('transactions')
const owner = { ownerId: 'owner' }

/** A call of each kind on a transaction, or on the storage: none of them may be answered where it is misuse. */
const calls: { readonly [name: string]: (ports: Transaction<unknown>) => unknown } = {
  'repository.get': (ports) => ports.repository(Account).get('row'),
  'repository.find': (ports) => ports.repository(Account).find(),
  'repository.insert': (ports) => ports.repository(Account).insert({ email: 'escaped' }),
  'repository.updateMany': (ports) => ports.repository(Account).updateMany({ where: {}, patch: { balance: 9 } }),
  'repository of a scope': (ports) => ports.repository(Note, owner).insert({ title: 'escaped' }),
  'keyValue.set': (ports) => ports.keyValue('space').set('escaped', 'value'),
  'keyValue.get': (ports) => ports.keyValue('space').get('escaped'),
  'outbox.enqueue': (ports) => ports.outbox('topic').enqueue([{ payload: 'escaped' }]),
  'idempotency.reserve': (ports) =>
    ports.idempotency().reserve({ namespace: 'space', key: 'escaped', fingerprint: 'print', leaseMs: 1_000 }),
  transaction: (ports) => ports.transaction(async () => 'inner'),
}

/** T6: inner transactions, and every way to leave one's transaction behind. */
export const nestingCases: readonly Case[] = [
  defineCase(
    'T6.inner-joins-the-outer',
    'tx.transaction sees what the outer one wrote, is seen by it, and commits with it',
    async ({ a, b }) => {
      const answer = await a.transaction(async (tx) => {
        await tx.repository(Account).insert({ id: 'outer', email: 'outer' })
        const inner = await tx.transaction(async (nested) => {
          ok(await nested.repository(Account).get('outer'), 'the inner one sees no row of the outer one')
          await nested.repository(Account).insert({ id: 'inner', email: 'inner' })
          return await nested.transaction(async (third) => (await third.repository(Account).count()) * 10)
        })
        ok(await tx.repository(Account).get('inner'), 'the outer one sees no row of the inner one')
        return inner
      })
      equal(answer, 20, 'what came out')
      equal(await b.repository(Account).count(), 2, 'rows committed')
    },
    { skip },
  ),

  defineCase(
    'T6.outer-rolls-back-the-inner',
    'what an inner transaction wrote vanishes when the outer one rejects later',
    async ({ a, b }) => {
      const call = a.transaction(async (tx) => {
        await tx.transaction((inner) => inner.repository(Account).insert({ email: 'inner' }))
        throw new Error('the outer one')
      })
      equal(await call.catch((error: Error) => error.message), 'the outer one', 'what came out')
      equal(await b.repository(Account).count(), 0, 'rows stored')
    },
    { skip },
  ),

  defineCase(
    'T6.swallowed-inner-rejection-dooms',
    'if an inner transaction rejects and the outer one swallows that, the outer one is doomed, whatever the error was',
    async ({ a, b }) => {
      const inner: readonly ((tx: Transaction<unknown>) => Promise<unknown>)[] = [
        () => Promise.reject(new Error('an error of its own')),
        (tx) => tx.repository(Account).insert({ email: 'nul\0' }),
        (tx) => Promise.reject(tx.repository(Account).insert({ email: 'written' })),
      ]
      for (const work of inner) {
        const call = a.transaction(async (tx) => {
          await tx.repository(Account).insert({ email: 'outer' })
          await tx.transaction(work).catch(() => undefined)
          await refused(tx.repository(Account).find(), 'transaction-doomed')
          return 'all is well'
        })
        await refused(call, 'transaction-doomed')
        equal(await b.repository(Account).count(), 0, 'rows stored')
      }
    },
    { skip },
  ),

  defineCase(
    'T6.inner-rejection-gets-out',
    'an inner rejection that the outer work lets through comes out as it is',
    async ({ a }) => {
      const own = new Error('an error of its own')
      const thrown = await a
        .transaction((tx) => tx.transaction(() => Promise.reject(own)))
        .catch((error: unknown) => error)
      ok(thrown === own, 'what came out is another error')
    },
    { skip },
  ),

  defineCase(
    'T6.use-after-the-end',
    'every call on a transaction that has ended is misuse, also on a repository that was made before the end',
    async ({ a, b }) => {
      const kept: Transaction<unknown>[] = []
      const repositories: { insert(values: { email: string }): Promise<unknown> }[] = []
      const keep = (tx: Transaction<unknown>): void => {
        kept.push(tx)
        repositories.push(tx.repository(Account))
      }
      await a.transaction(async (tx) => {
        keep(tx)
        await tx.transaction(async (inner) => keep(inner))
      })
      await a
        .transaction(async (tx) => {
          keep(tx)
          throw new Error('rolled back')
        })
        .catch(() => undefined)
      for (const tx of kept) {
        for (const [name, call] of Object.entries(calls))
          await refused(async () => call(tx), 'misuse', { says: [/ended/] }).catch((error: Error) => {
            throw new Error(`${name} after the end: ${error.message}`)
          })
        await refused(() => tx.guard('key'), 'misuse', { says: [/ended/] })
      }
      for (const repository of repositories) await refused(repository.insert({ email: 'escaped' }), 'misuse')
      equal(await b.repository(Account).count(), 0, 'rows stored')
    },
    { skip },
  ),

  defineCase(
    'T6.outer-storage-inside',
    'calling the storage itself from inside its own transaction is misuse at once, not a wait for itself and no escape',
    async ({ a, b }) => {
      await a.transaction(async (tx) => {
        await tx.repository(Account).insert({ id: 'row', email: 'row' })
        for (const [name, call] of Object.entries(calls)) {
          const began = performance.now()
          await refused(async () => call(a as unknown as Transaction<unknown>), 'misuse', {
            says: ['transaction'],
          }).catch((error: Error) => {
            throw new Error(`${name} of the storage: ${error.message}`)
          })
          ok(performance.now() - began < 2_000, `${name} of the storage was refused after a long wait`)
        }
        await refused(() => a.sweep(), 'misuse')
        await tx.repository(Account).update('row', { name: 'still usable' })
      })
      const rows = await b.repository(Account).find()
      same(
        rows.map(({ name, balance }) => `${name} ${balance}`),
        ['still usable 0'],
        'the rows committed',
      )
      equal(await b.keyValue('space').get('escaped'), null, 'an entry that escaped')
    },
    { skip },
  ),

  defineCase(
    'T6.parallel-on-one-client',
    'many parallel transactions on one client all finish, none with the writes of another',
    async ({ a, b, rounds, racers }) => {
      const many = racers * 2
      for (let round = 0; round < Math.min(rounds, 5); round++) {
        allWon(
          await Promise.allSettled(
            Array.from({ length: many }, (_, index) =>
              a.transaction(
                async (tx) => {
                  const name = `${round}-${index}`
                  await tx.repository(Account).insert({ email: name, name })
                  equal(await tx.repository(Account).count({ where: { name } }), 1, 'own rows')
                  await tx.keyValue('space').set(name, 'value')
                },
                { timeoutMs: 60_000 },
              ),
            ),
          ),
        )
        equal(await b.repository(Account).count(), many * (round + 1), 'rows')
      }
    },
    { skip, race: true },
  ),

  defineCase(
    'T6.parallel-calls-inside',
    'calls of one transaction that run at the same time all take part in it',
    async ({ a, b, racers }) => {
      await a.transaction(async (tx) => {
        const emails = Array.from({ length: racers }, (_, index) => `parallel-${index}`)
        await Promise.all(emails.map((email) => tx.repository(Account).insert({ email })))
        await Promise.all(emails.map((email) => tx.keyValue('space').set(email, email)))
        equal(await tx.repository(Account).count(), racers, 'rows inside')
      })
      equal(await b.repository(Account).count(), racers, 'rows committed')
    },
    { skip },
  ),

  defineCase(
    'T6.unawaited-calls-do-not-escape',
    'a call that the work did not wait for ends with the transaction: committed with it or gone with it, never on its own',
    async ({ a, b }) => {
      const settled: Promise<unknown>[] = []
      const begin = (tx: Transaction<unknown>, email: string): void => {
        const call = tx.repository(Account).insert({ email })
        settled.push(call.catch(() => undefined))
      }
      const failing = a.transaction(async (tx) => {
        begin(tx, 'rolled back')
        throw new Error('at once')
      })
      equal(await failing.catch((error: Error) => error.message), 'at once', 'what came out')
      await Promise.all(settled)
      equal(await b.repository(Account).count(), 0, 'rows of the transaction that rolled back')
      await a.transaction(async (tx) => begin(tx, 'committed'))
      const stored = await b.repository(Account).count()
      await Promise.all(settled)
      equal(await b.repository(Account).count(), stored, 'rows after the last call settled')
    },
    { skip },
  ),

  defineCase(
    'T6.contexts-do-not-mix',
    'what runs beside a transaction without being part of it may call the storage',
    async ({ a, capabilities }) => {
      const begun = gate()
      const beside = (async () => {
        await begun.opened
        return await a.repository(Account).count()
      })()
      await a.transaction(async (tx) => {
        await tx.repository(Account).insert({ email: 'row' })
        begun.open()
      })
      const counted = await beside
      ok(counted === 0 || counted === 1, `${counted} rows counted beside it (writers: ${capabilities.writers})`)
    },
    { skip },
  ),
]
