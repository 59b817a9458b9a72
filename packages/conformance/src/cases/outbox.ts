import type { ClaimedMessage, Message, NewMessage, Storage } from '@portolan/ports'
import { equal, ok, refused, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { declared } from '../needs.ts'

const transactions = declared('transactions')

export function ids(messages: readonly { readonly id: string }[]): string[] {
  return messages.map(({ id }) => id)
}

/** Messages with ids 1, 2, 3 ... of one topic. */
export async function fill(storage: Storage<unknown>, many: number, more: Partial<NewMessage> = {}): Promise<void> {
  const width = String(many).length
  await storage.outbox('topic').enqueue(
    Array.from({ length: many }, (_, index) => ({
      id: String(index + 1).padStart(width, '0'),
      payload: index + 1,
      ...more,
    })),
  )
}

export async function claimOne(storage: Storage<unknown>, leaseMs = 1_000): Promise<ClaimedMessage> {
  const [claimed] = await storage.outbox('topic').claim({ limit: 1, leaseMs })
  if (!claimed) throw new Error('no message could be claimed')
  return claimed
}

/** What goes into an outbox and what comes out of it: O1's order, O6, topics and due times. */
export const outboxCases: readonly Case[] = [
  defineCase(
    'O1.what-was-enqueued-comes-out',
    'a claimed message is what was enqueued, with its lease; payloads of any JSON come back deeply equal',
    async ({ a, b, clock }) => {
      const payloads = [null, 0, '', [], {}, [null], { a: { b: [1, 'two', null] }, __proto__x: 1 }, 'x'.repeat(10_000)]
      const now = new Date(clock.now()).toISOString()
      const stored = await a
        .outbox()
        .enqueue(payloads.map((payload, index) => ({ id: `m${index}`, topic: 'topic', payload, maxAttempts: 3 })))
      const common = { topic: 'topic', attempt: 0, maxAttempts: 3, availableAt: now, createdAt: now, lastError: null }
      same(
        stored,
        payloads.map((payload, index): Message => ({ ...common, id: `m${index}`, payload })),
        'what enqueue returned',
      )
      clock.advance(5)
      const claimed = await b.outbox().claim({ limit: 100, leaseMs: 1_000 })
      const leasedUntil = new Date(clock.now() + 1_000).toISOString()
      same(
        claimed.map(({ token, ...message }) => {
          ok(typeof token === 'string' && token.length > 0, 'a claimed message has no token')
          return message
        }),
        stored.map((message) => ({ ...message, attempt: 1, leasedUntil })),
        'what claim returned',
      )
    },
  ),

  defineCase(
    'O1.oldest-first',
    'messages are claimed by availableAt, then by id, whatever the order of enqueueing',
    async ({ a, b, clock }) => {
      const at = (milliseconds: number): Date => new Date(clock.now() + milliseconds)
      const outbox = a.outbox('topic')
      await outbox.enqueue([
        { id: 'late', payload: 1, delayMs: 300 },
        { id: 'b', payload: 1 },
        { id: 'early', payload: 1, at: at(-5_000) },
        { id: 'middle', payload: 1, at: at(200) },
        { id: 'a', payload: 1 },
        { id: 'B', payload: 1 },
        { id: 'ä', payload: 1 },
      ])
      await b.outbox('topic').enqueue([{ id: 'aa', payload: 1 }])
      clock.advance(300)
      const order = ['early', 'B', 'a', 'aa', 'b', 'ä', 'middle', 'late']
      same(ids((await a.outbox('topic').list({ state: 'due', limit: 100 })).items), order, 'messages listed')
      const claimed: string[] = []
      for (const [index, limit] of [1, 3, 2, 5].entries())
        claimed.push(...ids(await (index % 2 === 0 ? a : b).outbox('topic').claim({ limit, leaseMs: 1_000 })))
      same(claimed, order, 'messages claimed')
    },
  ),

  defineCase(
    'O1.due-times',
    'a message is claimable at its moment and not before: delayMs counts from now, at is absolute, neither means now',
    async ({ a, b, clock }) => {
      const outbox = a.outbox('topic')
      const begin = clock.now()
      const [delayed, absolute, past] = await outbox.enqueue([
        { id: 'delayed', payload: 1, delayMs: 1_000 },
        { id: 'absolute', payload: 1, at: new Date(begin + 2_000).toISOString() },
        { id: 'past', payload: 1, at: { epochMilliseconds: begin - 86_400_000 } },
      ])
      const iso = (moment: number): string => new Date(moment).toISOString()
      same(
        [delayed?.availableAt, absolute?.availableAt, past?.availableAt],
        [iso(begin + 1_000), iso(begin + 2_000), iso(begin - 86_400_000)],
        'the due times',
      )
      const claim = async (): Promise<string[]> => ids(await b.outbox('topic').claim({ limit: 9, leaseMs: 60_000 }))
      same(await claim(), ['past'], 'claimed at once')
      clock.advance(999)
      same(await claim(), [], 'claimed a millisecond before')
      clock.advance(1)
      same(await claim(), ['delayed'], 'claimed after a second')
      clock.advance(1_000)
      same(await claim(), ['absolute'], 'claimed after two')
    },
  ),

  defineCase(
    'O1.topics',
    'outbox(topic) claims, lists, settles, requeues and purges its own messages; outbox() those of every topic',
    async ({ a, b, clock }) => {
      const topics = ['one', 'One', 'one ', 'o%', 'o_e', 'two:three', "it's"]
      await a.outbox().enqueue(topics.map((topic) => ({ id: topic, topic, payload: 1 })))
      for (const topic of topics) {
        same(ids((await b.outbox(topic).list({ state: 'due', limit: 9 })).items), [topic], `listed of ${topic}`)
        const claimed = await b.outbox(topic).claim({ limit: 9, leaseMs: 60_000 })
        same(ids(claimed), [topic], 'messages claimed of a topic')
        const others = b.outbox(topic === 'one' ? 'two:three' : 'one')
        same((await others.acknowledge(claimed)).leaseLost, [topic], 'settled through the outbox of another topic')
        same((await b.outbox(topic).acknowledge(claimed)).succeeded, [topic], 'settled through its own')
      }
      clock.advance(1_000)
      const deliveredBefore = new Date(clock.now())
      equal(await a.outbox('one').purge({ deliveredBefore }), 1, 'messages purged of one topic')
      equal((await b.outbox().list({ state: 'delivered', limit: 99 })).items.length, topics.length - 1, 'messages left')
      equal(await a.outbox().purge({ deliveredBefore }), topics.length - 1, 'messages purged of every topic')
    },
  ),

  defineCase(
    'O6.same-id-once',
    'the same id twice is one message, the first, in one call, in two, on two clients and after it was delivered',
    async ({ a, b, clock }) => {
      const [first, again] = await a.outbox('topic').enqueue([
        { id: 'x', payload: 'first' },
        { id: 'x', payload: 'second' },
      ])
      same([first?.payload, again], ['first', first], 'what one call with the id twice returned')
      clock.advance(10)
      const [other] = await b.outbox('topic').enqueue([{ id: 'x', payload: 'third', delayMs: 5_000 }])
      same(other, first, 'what another client got for it')
      const mixed = await b.outbox('topic').enqueue([
        { id: 'w', payload: 1 },
        { id: 'x', payload: 2 },
        { id: 'y', payload: 3 },
      ])
      same(
        mixed.map(({ id, payload }) => `${id} ${payload}`),
        ['w 1', 'x first', 'y 3'],
        'what a call with new and old ids returned',
      )
      const claimed = await a.outbox('topic').claim({ limit: 9, leaseMs: 1_000 })
      same(ids(claimed), ['x', 'w', 'y'], 'messages claimed')
      await a.outbox('topic').acknowledge(claimed)
      await a.outbox('topic').enqueue([{ id: 'x', payload: 'fourth' }])
      same(await b.outbox('topic').claim({ limit: 9, leaseMs: 1_000 }), [], 'claimed after it was delivered')
    },
  ),

  defineCase(
    'O6.same-id-in-transactions',
    'an id that is there already neither fails nor dooms a transaction, whatever else it enqueues',
    async ({ a, b }) => {
      await a.outbox('topic').enqueue([{ id: 'there', payload: 'first' }])
      await a.transaction(async (tx) => {
        const outbox = tx.outbox('topic')
        const [found] = await outbox.enqueue([{ id: 'there', payload: 'second' }])
        equal(found?.payload, 'first', 'the payload returned')
        await outbox.enqueue([{ id: 'new', payload: 1 }])
        await outbox.enqueue([
          { id: 'new', payload: 2 },
          { id: 'there', payload: 3 },
          { id: 'last', payload: 4 },
        ])
      })
      const claimed = await b.outbox('topic').claim({ limit: 9, leaseMs: 1_000 })
      same(
        claimed.map(({ id, payload }) => `${id} ${payload}`),
        ['last 4', 'new 1', 'there first'],
        'messages claimed',
      )
    },
    { skip: transactions },
  ),

  defineCase(
    'O6.racing-enqueues',
    'racers that enqueue the same ids, alone and in transactions, all succeed and leave one message of each',
    async ({ a, race, racers, rounds }) => {
      for (let round = 0; round < rounds; round++) {
        const messages = [`b${round}`, `a${round}`, `c${round}`].map((id) => ({ id, payload: id }))
        const results = await race(racers, (storage, index) => {
          const some = index % 3 === 0 ? messages.slice(0, 1) : messages
          return storage.outbox('topic').enqueue(index % 2 === 0 ? some : [...some].reverse())
        })
        for (const result of results)
          ok(result.status === 'fulfilled', `a racer failed: ${result.status === 'rejected' ? result.reason : ''}`)
      }
      const due = await a.outbox('topic').list({ state: 'due', limit: 1_000 })
      equal(due.items.length, rounds * 3, 'messages')
    },
    { race: true },
  ),

  defineCase(
    'O6.racing-enqueues-in-transactions',
    'racers that enqueue one id in transactions all commit what else they wrote',
    async ({ a, race, racers, rounds }) => {
      for (let round = 0; round < rounds; round++) {
        const results = await race(racers, (storage, index) =>
          storage.transaction(
            async (tx) => {
              await tx.keyValue('racers').set(`${round}-${index}`, 'here')
              const [message] = await tx.outbox('topic').enqueue([{ id: `m${round}`, payload: index }])
              return message?.payload
            },
            { timeoutMs: 60_000 },
          ),
        )
        const payloads = new Set<unknown>()
        for (const result of results) {
          ok(result.status === 'fulfilled', `a racer failed: ${result.status === 'rejected' ? result.reason : ''}`)
          payloads.add(result.value)
        }
        equal(payloads.size, 1, 'payloads returned for one id')
      }
      let entries = 0
      for await (const _ of a.keyValue('racers').keys()) entries++
      equal(entries, rounds * racers, 'entries that the racers left')
      equal((await a.outbox('topic').list({ state: 'due', limit: 1_000 })).items.length, rounds, 'messages')
    },
    { race: true, skip: transactions },
  ),

  defineCase(
    'O1.refused-messages',
    'a message that makes no sense is refused by name, and none of its call is enqueued',
    async ({ a }) => {
      const good = { payload: 1 }
      const bad: readonly (readonly [message: object, says: string])[] = [
        [{}, 'payload'],
        [{ payload: undefined }, 'payload'],
        [{ payload: () => 1 }, 'payload'],
        [{ payload: 1n }, 'payload'],
        [{ payload: 'nul\0' }, 'payload'],
        [{ payload: 1, id: '' }, 'id'],
        [{ payload: 1, id: 'x'.repeat(513) }, 'id'],
        [{ payload: 1, topic: 'another' }, 'topic'],
        [{ payload: 1, delayMs: -1 }, 'delayMs'],
        [{ payload: 1, delayMs: 0.5 }, 'delayMs'],
        [{ payload: 1, at: 'tomorrow' }, 'at'],
        [{ payload: 1, at: new Date(), delayMs: 1 }, 'at'],
        [{ payload: 1, maxAttempts: 0 }, 'maxAttempts'],
        [{ payload: 1, maxAttempts: 1.5 }, 'maxAttempts'],
      ]
      for (const [message, says] of bad)
        await refused(a.outbox('topic').enqueue([good, message as NewMessage]), 'invalid-value', { says: [says] })
      await refused(a.outbox('topic').enqueue([{ payload: 1, prio: 1 } as NewMessage]), 'invalid-query', {
        says: ['prio'],
      })
      await refused(a.outbox().enqueue([good]), 'invalid-value', { says: ['topic'] })
      for (const limit of [0, -1, 1.5, Number.NaN, undefined])
        await refused(a.outbox('topic').claim({ limit, leaseMs: 1 } as never), 'invalid-query', { says: ['limit'] })
      for (const leaseMs of [0, -1, 1.5, Number.POSITIVE_INFINITY, undefined])
        await refused(a.outbox('topic').claim({ limit: 1, leaseMs } as never), 'invalid-value', { says: ['leaseMs'] })
      await refused(a.outbox('topic').list({ state: 'lost', limit: 1 } as never), 'invalid-query', { says: ['state'] })
      const list = a.outbox('topic').list({ state: 'due', limit: 1, cursor: 'no cursor' })
      await refused(list, 'invalid-cursor', { says: ['cursor'] })
      same((await a.outbox().list({ state: 'due', limit: 9 })).items, [], 'messages')
      same(await a.outbox('topic').enqueue([]), [], 'what enqueueing nothing returned')
    },
  ),
]
