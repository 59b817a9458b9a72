import type { Storage, Transaction } from '@portolan/ports'
import { equal, ok, refused, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { glimpse } from '../interleaving.ts'
import { declared, together, undeclared } from '../needs.ts'
import { Account } from '../standard-entities.ts'
import type { Client } from '../target.ts'
import { after, before, everything, prepare, reservations, writes } from './transactions-setting.ts'

const joins = declared('join')

/** Work in a transaction of the client's own, with which the storage takes part by `join`. */
export function transact<R>(client: Client, work: (native: unknown) => Promise<R>): Promise<R> {
  if (!client.transact) throw new Error('the target declares join, but its clients offer no transact')
  return client.transact(work)
}

/** Joined once, in a transaction that does nothing else. */
export function joined<R>(client: Client, work: (tx: Transaction<unknown>) => Promise<R>): Promise<R> {
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
    "what a join wrote on any port commits with the caller's transaction and cannot be seen before",
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
    "what a join wrote on any port is gone when the caller's transaction rolls back",
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
    'a join does not end the transaction of the caller: later joins see what earlier ones wrote',
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
    'a join that rejects leaves nothing of itself, and the caller who swallows that commits the rest',
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
    'where a join that rejects leaves something of itself its rejection gets out, and nothing stays once the caller rolls back',
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
    'a refused call in a join leaves the join and the transaction of the caller usable',
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
    'E4.no-join',
    'where join is not declared it is refused as unsupported before the work runs',
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
