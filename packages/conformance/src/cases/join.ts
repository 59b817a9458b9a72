import type { Storage, Transaction } from '@portolan/ports'
import { equal, ok, refused, same } from '../assert.ts'
import { type Case, defineCase, type World } from '../case.ts'
import { glimpse, meanwhile, meeting } from '../interleaving.ts'
import { declared, manyWriters, together, undeclared } from '../needs.ts'
import { Account, Note, Task } from '../standard-entities.ts'
import type { Client } from '../target.ts'
import { after, before, everything, prepare, reservations, writes } from './transactions-setting.ts'

const owner = { ownerId: 'owner' }
const joins = declared('join')

/** Work in a transaction of the client's own, with which the storage takes part by `join`. */
function transact<R>(client: Client, work: (native: unknown) => Promise<R>): Promise<R> {
  if (!client.transact) throw new Error('the target declares join, but its clients offer no transact')
  return client.transact(work)
}

/** Joined once, in a transaction that does nothing else. */
function joined<R>(client: Client, work: (tx: Transaction<unknown>) => Promise<R>): Promise<R> {
  return transact(client, (native) => client.storage.join(native, work))
}

function emails(storage: Storage<unknown>): Promise<string[]> {
  return storage
    .repository(Account)
    .find({ orderBy: { email: 'asc' } })
    .then((rows) => rows.map(({ email }) => email))
}

/** T7: taking part in the caller's own transaction. */
export const joinCases: readonly Case[] = [
  defineCase(
    'T7.commits-with-the-caller',
    "What a join wrote on any port commits with the caller's transaction and cannot be seen before.",
    async (world) => {
      const { a, b, first } = world
      const prepared = await prepare(a)
      let early: Promise<unknown> | undefined
      const answer = await transact(first, async (native) => {
        const inner = await a.join(native, async (tx) => {
          for (const write of writes(prepared)) await write(tx)
          return 'answer'
        })
        early = everything(b)
        const during = await glimpse(early)
        if (during) same(during.seen, before, "what another client saw before the caller's commit")
        return inner
      })
      await early
      equal(answer, 'answer', 'what the join resolved with')
      same(await everything(b), after, "what another client finds after the caller's commit")
      same(await reservations(b), { earlier: 'replay', made: 'in-progress' }, 'the reservations')
    },
    { skip: joins },
  ),

  defineCase(
    'T7.rolls-back-with-the-caller',
    "What a join wrote on any port is gone when the caller's transaction rolls back.",
    async ({ a, b, first }) => {
      const prepared = await prepare(a)
      const call = transact(first, async (native) => {
        await a.join(native, async (tx) => {
          for (const write of writes(prepared)) await write(tx)
        })
        throw new Error('the caller')
      })
      equal(await call.catch((error: Error) => error.message), 'the caller', 'what came out')
      same(await everything(b), before, 'what another client finds')
      same(await reservations(b), { earlier: 'in-progress', made: 'reserved' }, 'the reservations')
    },
    { skip: joins },
  ),

  defineCase(
    'T7.several-joins-in-one',
    'A join does not end the transaction of the caller: later joins see what earlier ones wrote.',
    async ({ a, b, first }) => {
      await transact(first, async (native) => {
        await a.join(native, (tx) => tx.repository(Account).insert({ id: 'row', email: 'row' }))
        const seen = await a.join(native, (tx) => tx.repository(Account).update('row', { balance: { increment: 1 } }))
        equal(seen?.balance, 1, 'the balance that the second join wrote')
        await a.join(native, async (tx) => {
          await tx.transaction((inner) => inner.repository(Account).update('row', { balance: { increment: 1 } }))
          await tx.keyValue('space').set('key', 'value')
        })
      })
      equal((await b.repository(Account).get('row'))?.balance, 2, 'the balance committed')
      equal(await b.keyValue('space').get('key'), 'value', 'the entry committed')
    },
    { skip: joins },
  ),

  defineCase(
    'T7.rejection-leaves-nothing-of-itself',
    'A join that rejects leaves nothing of itself, and the caller who swallows that commits the rest.',
    async ({ a, b, first }) => {
      const own = new Error('an error of its own')
      await transact(first, async (native) => {
        await a.join(native, (tx) => tx.repository(Account).insert({ email: 'before' }))
        const thrown = await a
          .join(native, async (tx) => {
            await tx.repository(Account).insert({ email: 'rejected' })
            await tx.repository(Account).updateMany({ where: {}, patch: { balance: 9 } })
            await tx.keyValue('space').set('rejected', 'value')
            throw own
          })
          .catch((error: unknown) => error)
        ok(thrown === own, 'what came out of the join is another error')
        await a.join(native, (tx) => tx.repository(Account).insert({ email: 'later' }))
      })
      same(await emails(b), ['before', 'later'], 'the rows committed')
      equal(await b.repository(Account).count({ where: { balance: 9 } }), 0, 'rows that the rejected join changed')
      equal(await b.keyValue('space').get('rejected'), null, 'the entry of the rejected join')
    },
    { skip: together(joins, declared('joinRollback')) },
  ),

  defineCase(
    'T7.caller-must-roll-back',
    'Where a join that rejects leaves something of itself its rejection gets out, and nothing stays once the caller rolls back.',
    async ({ a, b, first }) => {
      const own = new Error('an error of its own')
      const thrown = await transact(first, async (native) => {
        await a.join(native, (tx) => tx.repository(Account).insert({ email: 'before' }))
        await a.join(native, async (tx) => {
          await tx.repository(Account).insert({ email: 'rejected' })
          throw own
        })
      }).catch((error: unknown) => error)
      ok(thrown === own, 'what came out is another error')
      same(await emails(b), [], 'the rows stored')
    },
    { skip: together(joins, undeclared('joinRollback')) },
  ),

  defineCase(
    'T7.refusals-are-survived',
    'A refused call in a join leaves the join and the transaction of the caller usable.',
    async ({ a, b, first }) => {
      await a.repository(Account).insert({ id: 'there', email: 'there' })
      await joined(first, async (tx) => {
        await refused(tx.repository(Account).insert({ email: 'there' }), 'duplicate', { data: { id: 'there' } })
        await refused(tx.repository(Account).insertMany([{ email: 'x' }, { email: 'there' }]), 'duplicate')
        await refused(tx.repository(Account).update('there', {}, { version: 7 }), 'stale-version')
        await refused(tx.repository(Account).insert({ email: 'nul\0' }), 'invalid-value')
        await tx.repository(Account).insert({ email: 'new' })
      })
      same(await emails(b), ['new', 'there'], 'the rows committed')
    },
    { skip: joins },
  ),

  defineCase(
    'T7.conflict-runs-nothing-twice',
    'A row that another commit changed after the join had read it is transaction-conflict when written; the work runs once.',
    async (world) => {
      const { a, b, first } = world
      await a.repository(Account).insert({ id: 'row', email: 'row' })
      await a.repository(Note, owner).insert({ id: 'row' })
      const works: readonly ((tx: Transaction<unknown>, meet: () => Promise<void>) => Promise<unknown>)[] = [
        async (tx, meet) => {
          const row = await tx.repository(Account).get('row')
          await meet()
          await tx.repository(Account).update('row', { balance: (row?.balance ?? 0) + 1 })
        },
        async (tx, meet) => {
          const [row] = await tx.repository(Note, owner).find()
          await meet()
          await tx.repository(Note, owner).updateMany({ where: {}, patch: { views: (row?.views ?? 0) + 1 } })
        },
      ]
      for (const work of works) {
        let runs = 0
        const call = joined(first, async (tx) => {
          runs++
          await work(tx, () =>
            meanwhile(
              world,
              Promise.all([
                b.repository(Account).update('row', { balance: { increment: 10 } }),
                b.repository(Note, owner).update('row', { views: { increment: 10 } }),
              ]),
            ),
          )
        })
        const error = await refused(call, 'transaction-conflict')
        equal(error.retryable, true, 'retryable')
        equal(runs, 1, 'runs of the work')
      }
      equal((await b.repository(Account).get('row'))?.balance, 20, 'the balance')
      equal((await b.repository(Note, owner).get('row'))?.views, 20, 'the views')
    },
    { skip: together(joins, manyWriters) },
  ),

  defineCase(
    'T7.no-lost-update',
    'Racers that read and write a count in joins, and begin again after a conflict, lose none.',
    async ({ a, first, second, racers, rounds }) => {
      await a.repository(Account).insert({ id: 'row', email: 'row' })
      const add = async (client: Client): Promise<void> => {
        for (let attempt = 1; ; attempt++) {
          try {
            await joined(client, async (tx) => {
              const row = await tx.repository(Account).get('row')
              await tx.repository(Account).update('row', { balance: (row?.balance ?? 0) + 1 })
            })
            return
          } catch (error) {
            if ((error as { retryable?: unknown }).retryable !== true || attempt > 200) throw error
          }
        }
      }
      const few = Math.min(rounds, 5)
      for (let round = 0; round < few; round++)
        await Promise.all(Array.from({ length: racers }, (_, index) => add(index % 2 === 0 ? first : second)))
      equal((await a.repository(Account).get('row'))?.balance, racers * few, 'the balance')
    },
    { skip: joins, race: true },
  ),

  defineCase(
    'T7.guards-hold-until-the-caller-ends',
    "A guard that a join has taken is held until the caller's transaction ends, against transactions as well.",
    async (world) => {
      const { a, b, first } = world
      let started = false
      let other: Promise<number> | undefined
      await transact(first, async (native) => {
        await a.join(native, (tx) => tx.guard('key'))
        other = b.transaction(
          async (tx) => {
            started = true
            return tx.repository(Task).count()
          },
          { guards: ['key'] },
        )
        await meanwhile(world, other)
        ok(!started, 'another transaction got the guard while the caller was not done')
        await a.join(native, (tx) => tx.repository(Task).insert({ queue: 'q' }))
      })
      equal(await other, 1, 'rows that the other transaction saw')
    },
    { skip: joins },
  ),

  defineCase(
    'G1.deadlock-in-join',
    'Joins that take guards in opposite orders end: where that is a deadlock it is transaction-conflict.',
    async (world) => {
      const { first, second } = world
      const meet = meeting(world, 2)
      const take = (client: Client, one: string, other: string): Promise<void> =>
        joined(client, async (tx) => {
          await tx.guard(one)
          await meet()
          await tx.guard(other)
          await tx.repository(Task).insert({ queue: one })
        })
      const results = await Promise.allSettled([take(first, 'one', 'two'), take(second, 'two', 'one')])
      let committed = 0
      for (const result of results) {
        if (result.status === 'fulfilled') committed++
        else await refused(Promise.reject(result.reason), 'transaction-conflict')
      }
      equal(await world.a.repository(Task).count(), committed, 'rows of those that committed')
      ok(committed >= 1, 'neither of the two got through')
    },
    { skip: joins },
  ),

  defineCase(
    'T7.use-after-the-join',
    'A tx of a join is misuse after it, though the transaction of the caller goes on.',
    async ({ a, b, first }) => {
      await transact(first, async (native) => {
        let kept: Transaction<unknown> | undefined
        await a.join(native, async (tx) => {
          kept = tx
        })
        await refused(async () => kept?.repository(Account).insert({ email: 'late' }), 'misuse', { says: [/ended/] })
      })
      equal(await b.repository(Account).count(), 0, 'rows stored')
    },
    { skip: joins },
  ),

  defineCase(
    'T7.what-is-no-transaction',
    'A native that is in no transaction, or none at all, is misuse, and nothing is written.',
    async ({ a, b, first }) => {
      let runs = 0
      let ended: unknown
      await transact(first, async (native) => {
        ended = native
      })
      const work = async (tx: Transaction<unknown>): Promise<unknown> => {
        runs++
        return tx.repository(Account).insert({ email: 'escaped' })
      }
      for (const native of [undefined, null, {}, 'native', ended])
        await refused(a.join(native, work), 'misuse', { says: [/transaction/] })
      equal(runs, 0, 'runs of the work')
      equal(await b.repository(Account).count(), 0, 'rows stored')
    },
    { skip: joins },
  ),

  defineCase(
    'T7.swallowed-failure-dooms',
    'A join whose work swallows an inner rejection never reports success.',
    async (world) => {
      const call = joined(world.first, async (tx) => {
        await tx.repository(Account).insert({ email: 'row' })
        await tx.transaction(() => Promise.reject(new Error('inner'))).catch(() => undefined)
        return 'all is well'
      })
      await refused(call, 'transaction-doomed')
      equal(await world.b.repository(Account).count(), 0, 'rows stored')
    },
    { skip: joins },
  ),

  ...hookCases(),

  defineCase(
    'E4.no-join',
    'Where join is not declared it is refused as unsupported before the work runs.',
    async ({ a }) => {
      let runs = 0
      await refused(
        a.join({}, async () => ++runs),
        'unsupported',
        { data: { what: 'join' } },
      )
      equal(runs, 0, 'runs of the work')
    },
    { skip: undeclared('join') },
  ),
]

function hookCases(): Case[] {
  return [
    defineCase(
      'T5.hooks-in-join',
      'Hooks of a join are handed to the caller, who runs them after the commit: once, however often they are called.',
      async ({ a, b, first }: World) => {
        const log: string[] = []
        const handed: (() => Promise<void>)[] = []
        await transact(first, async (native) => {
          await a.join(
            native,
            async (tx) => {
              tx.afterCommit(async () => {
                log.push(`one, ${await b.repository(Account).count()} rows`)
              })
              tx.afterCommit(() => {
                log.push('two')
              })
              await tx.repository(Account).insert({ email: 'row' })
            },
            { afterCommit: (runHooks) => handed.push(runHooks) },
          )
          log.push('joined')
        })
        equal(handed.length, 1, 'calls of the option')
        same(log, ['joined'], 'what ran before the caller ran the hooks')
        await handed[0]?.()
        await handed[0]?.()
        same(log, ['joined', 'one, 1 rows', 'two'], 'what happened, in order')
      },
      { skip: together(joins, declared('hooksInJoin')) },
    ),

    defineCase(
      'T5.hooks-of-a-rejected-join',
      'Hooks of a join that rejects are never handed over; one that fails is after-commit-failed to the caller.',
      async ({ a, first }: World) => {
        const handed: (() => Promise<void>)[] = []
        let ran = 0
        const afterCommit = (runHooks: () => Promise<void>) => handed.push(runHooks)
        const option = { afterCommit: (runHooks: () => Promise<void>) => void afterCommit(runHooks) }
        const call = transact(first, (native) =>
          a.join(
            native,
            async (tx) => {
              tx.afterCommit(() => {
                ran++
              })
              throw new Error('rejected')
            },
            option,
          ),
        )
        equal(await call.catch((error: Error) => error.message), 'rejected', 'what came out')
        same([handed.length, ran], [0, 0], 'hooks handed over, and hooks that ran')
        await transact(first, (native) =>
          a.join(
            native,
            async (tx) => {
              tx.afterCommit(() => Promise.reject(new Error('failed')))
              tx.afterCommit(() => {
                ran++
              })
            },
            option,
          ),
        )
        const error = await refused(() => handed[0]?.(), 'after-commit-failed')
        equal(error.data.failures.length, 1, 'failures')
        equal(ran, 1, 'hooks that ran')
      },
      { skip: together(joins, declared('hooksInJoin')) },
    ),

    defineCase(
      'T5.no-hooks-in-join',
      'Without the option, or where hooks in join are not declared, a hook is refused as unsupported; nothing is lost in silence.',
      async ({ a, b, first, capabilities }: World) => {
        const data = { what: 'hooksInJoin' }
        await joined(first, async (tx) => {
          await refused(() => tx.afterCommit(() => undefined), 'unsupported', { data, says: ['afterCommit'] })
          await tx.repository(Account).insert({ email: 'row' })
        })
        equal(await b.repository(Account).count(), 1, 'rows committed')
        if (capabilities.hooksInJoin) return
        let runs = 0
        const call = transact(first, (native) => a.join(native, async () => ++runs, { afterCommit: () => undefined }))
        await refused(call, 'unsupported', { data })
        equal(runs, 0, 'runs of the work')
      },
      { skip: joins },
    ),
  ]
}
