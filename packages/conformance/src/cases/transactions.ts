import { allWon, equal, ok, refused, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { glimpse } from '../interleaving.ts'
import { declared } from '../needs.ts'
import { Account, Note } from '../standard-entities.ts'
import { after, before, everything, prepare, reservation, reservations, writes } from './transactions-setting.ts'

const skip = declared('transactions')

/** T1 as far as a living process shows it, and T2. */
export const atomicityCases: readonly Case[] = [
  defineCase(
    'T1.commits-across-ports',
    'a transaction commits what it wrote through repositories, key-value, outbox and idempotency, all of it',
    async ({ a, b }) => {
      const prepared = await prepare(a)
      const answer = await a.transaction(async (tx) => {
        for (const write of writes(prepared)) await write(tx)
        return 'the answer'
      })
      equal(answer, 'the answer', 'what the transaction resolved with')
      same(await everything(b), after, 'what another client finds')
      same(await everything(a), after, 'what the same client finds')
      same(await reservations(b), { earlier: 'replay', made: 'in-progress' }, 'the reservations')
      const [found] = await b.outbox('topic').claim({ limit: 10, leaseMs: 1_000 })
      same(found?.payload, { two: 2 }, 'the payload of the message enqueued inside')
    },
    { skip },
  ),

  defineCase(
    'T1.rolls-back-across-ports',
    'a work that rejects leaves nothing of what it wrote, on any port, and its own error comes out as it is',
    async ({ a, b }) => {
      const prepared = await prepare(a)
      const own = new Error('the work itself')
      const thrown = await a
        .transaction(async (tx) => {
          for (const write of writes(prepared)) await write(tx)
          throw own
        })
        .catch((error: unknown) => error)
      ok(thrown === own, 'what came out is not the error that the work threw')
      same(await everything(b), before, 'what another client finds')
      same(await everything(a), before, 'what the same client finds')
      same(await reservations(b), { earlier: 'in-progress', made: 'reserved' }, 'the reservations')
    },
    { skip },
  ),

  defineCase(
    'T1.rolls-back-at-every-step',
    'whichever write of a work is the last one before it rejects, nothing of it stays',
    async ({ a, b }) => {
      const prepared = await prepare(a)
      for (let last = 1; last <= writes(prepared).length; last++) {
        const ended = a.transaction(async (tx) => {
          for (const write of writes(prepared).slice(0, last)) await write(tx)
          throw new Error('after the last write')
        })
        equal(await ended.catch((error: Error) => error.message), 'after the last write', 'what came out')
        same(await everything(b), before, `what another client finds after write ${last} of a work that rejected`)
      }
      same(await reservations(b), { earlier: 'in-progress', made: 'reserved' }, 'the reservations')
    },
    { skip },
  ),

  defineCase(
    'T1.refused-call-leaves-the-rest',
    'a refused call in a transaction writes nothing itself; what came before and after it commits',
    async ({ a, b }) => {
      await a.repository(Account).insert({ email: 'there', id: 'there' })
      await a.transaction(async (tx) => {
        await tx.repository(Account).insert({ email: 'before' })
        const many = tx.repository(Account).insertMany([{ email: 'x' }, { email: 'there' }, { email: 'y' }])
        await refused(many, 'duplicate', { data: { entity: 'account', unique: 'email', id: 'there' } })
        await tx.repository(Account).insert({ email: 'xylophone' })
      })
      const emails = (await b.repository(Account).find({ orderBy: { email: 'asc' } })).map(({ email }) => email)
      same(emails, ['before', 'there', 'xylophone'], 'the accounts stored')
    },
    { skip },
  ),

  defineCase(
    'T1.sums-stay',
    'however many transactions move amounts between rows at once, the sum stays the same and no amount is lost',
    async ({ a, race, racers, rounds }) => {
      const ids = ['a', 'b', 'c', 'd']
      await a.repository(Account).insertMany(ids.map((id) => ({ id, email: id, balance: 100 })))
      const few = Math.min(rounds, 10)
      for (let round = 0; round < few; round++) {
        const results = await race(racers, (storage, index) =>
          storage.transaction(
            async (tx) => {
              const accounts = tx.repository(Account)
              await accounts.update(ids[index % 4] ?? '', { balance: { increment: -1 } })
              if (index % 4 === 3) throw new Error('changed its mind')
              await accounts.update(ids[(index + 1 + (round % 3)) % 4] ?? '', { balance: { increment: 1 } })
            },
            { timeoutMs: 60_000 },
          ),
        )
        for (const result of results)
          ok(
            result.status === 'fulfilled' || (result.reason as Error).message === 'changed its mind',
            'a racer failed in another way than it wanted to',
          )
        const rows = await a.repository(Account).find()
        equal(
          rows.reduce((sum, { balance }) => sum + balance, 0),
          400,
          'the sum of all balances',
        )
      }
    },
    { skip, race: true },
  ),

  defineCase(
    'T2.own-writes-are-visible',
    'every reading call of a transaction sees what the transaction has written, on every port',
    async ({ a }) => {
      const prepared = await prepare(a)
      await a.transaction(async (tx) => {
        for (const write of writes(prepared)) await write(tx)
        const accounts = tx.repository(Account)
        const changed = await accounts.get(prepared.account)
        same([changed?.balance, changed?.version], [15, 2], 'the row updated')
        const added = await accounts.getBy('email', { email: 'new' })
        same(await accounts.getMany(['new', prepared.account]), [added, changed], 'rows gotten by ids')
        equal((await accounts.find({ where: { balance: { gt: 10 } } })).length, 1, 'rows found by the new balance')
        const page = await accounts.page({ limit: 3, orderBy: { email: 'asc' } })
        same(
          page.items.map(({ email }) => email),
          ['gotten', 'new', 'old'],
          'rows of a page',
        )
        equal(await accounts.count(), 4, 'rows counted')
        let visited = 0
        for await (const _ of accounts.each()) visited++
        equal(visited, 4, 'rows visited')
        const notes = tx.repository(Note, { ownerId: 'owner' })
        equal(await notes.get(prepared.note), null, 'the row deleted')
        equal(await notes.count({ where: { views: 2 } }), 1, 'rows that updateMany changed')
        await refused(accounts.insert({ email: 'new' }), 'duplicate', { data: { id: 'new' } })
        equal((await accounts.insertOrGet('email', { email: 'new' })).inserted, false, 'inserted a second time')
        same(await everythingIn(tx.keyValue('space')), { kept: 'new', removed: null }, 'the key-value entries')
        const entry = await tx.keyValue('space').getEntry('kept')
        ok(await tx.keyValue('space').set('kept', 'newer', { revision: entry?.revision }), 'a set on an own revision')
        ok(await tx.keyValue('space').set('removed', 'again', { absent: true }), 'a set of what was removed')
        same(await everythingIn(tx.keyValue('space')), { kept: 'newer', removed: 'again' }, 'the entries set again')
        equal((await tx.idempotency().reserve(reservation)).state, 'in-progress', 'the reservation')
        equal((await tx.idempotency().reserve({ ...reservation, key: 'earlier' })).state, 'replay', 'the completed one')
        same((await tx.outbox().acknowledge([prepared.claim])).leaseLost, ['message'], 'a second acknowledgement')
      })
    },
    { skip },
  ),

  defineCase(
    'T2.invisible-before-commit',
    'nothing of a transaction can be seen by another client before its commit, and all of it after',
    async ({ a, b }) => {
      const prepared = await prepare(a)
      const glimpses: Promise<unknown>[] = []
      await a.transaction(async (tx) => {
        for (const write of writes(prepared)) {
          await write(tx)
          const reading = everything(b)
          glimpses.push(reading)
          const during = await glimpse(reading)
          if (during) same(during.seen, before, 'what another client saw before the commit')
          else break
        }
      })
      await Promise.all(glimpses)
      if (glimpses.length > 1) same(await everything(b), after, 'what another client finds after the commit')
    },
    { skip },
  ),

  defineCase(
    'T2.messages-after-commit',
    'a message enqueued in a transaction can be claimed after the commit and not before; of one rolled back never',
    async ({ a, b }) => {
      let early: Promise<unknown[]> | undefined
      await a.transaction(async (tx) => {
        await tx.outbox('topic').enqueue([{ id: 'kept', payload: 1 }])
        early = b
          .outbox('topic')
          .list({ state: 'due', limit: 10 })
          .then(({ items }) => items)
        const during = await glimpse(early)
        if (during) same(during.seen, [], 'messages before the commit')
      })
      await early
      const failing = a.transaction(async (tx) => {
        await tx.outbox('topic').enqueue([{ id: 'dropped', payload: 1 }])
        throw new Error('rolled back')
      })
      await failing.catch(() => undefined)
      const claimed = await b.outbox('topic').claim({ limit: 10, leaseMs: 1_000 })
      same(
        claimed.map(({ id }) => id),
        ['kept'],
        'messages claimed',
      )
    },
    { skip },
  ),

  defineCase(
    'T2.racing-readers-see-all-or-nothing',
    'readers that race with a commit see the rows and entries of all its writes or of none',
    async ({ a, b, racers, rounds }) => {
      const ids = ['one', 'two', 'three']
      for (let round = 0; round < rounds; round++) {
        const name = `round-${round}`
        let done = false
        const writing = a
          .transaction(async (tx) => {
            for (const id of ids)
              await tx.repository(Account).insert({ id: `${id}-${round}`, email: `${id}-${round}`, name })
          })
          .finally(() => {
            done = true
          })
        const reading = Array.from({ length: racers / 2 }, async () => {
          do {
            const rows = await b.repository(Account).find({ where: { name } })
            ok(rows.length === 0 || rows.length === ids.length, `a reader saw ${rows.length} of ${ids.length} rows`)
          } while (!done)
        })
        allWon(await Promise.allSettled([writing, ...reading]))
      }
    },
    { skip, race: true },
  ),
]

async function everythingIn(store: { getMany(keys: readonly string[]): Promise<(string | null)[]> }): Promise<unknown> {
  const [kept, removed] = await store.getMany(['kept', 'removed'])
  return { kept, removed }
}
