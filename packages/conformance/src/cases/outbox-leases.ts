import type { ClaimedMessage, Settled } from '@portolan/ports'
import { allWon, equal, ok, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { declared, offered } from '../needs.ts'
import { claimOne, fill, ids } from './outbox.ts'

const lost = (...messages: string[]): Settled => ({ succeeded: [], leaseLost: messages })
const done = (...messages: string[]): Settled => ({ succeeded: messages, leaseLost: [] })

/** O1 under concurrency, O2 and O3. */
export const outboxLeaseCases: readonly Case[] = [
  defineCase(
    'O1.racing-workers',
    'eight workers drain two hundred messages, and no message goes to two of them inside its lease',
    async ({ a, b, rounds }) => {
      const many = 200
      const few = Math.min(rounds, 5)
      for (let round = 0; round < few; round++) {
        const topic = `topic-${round}`
        await a
          .outbox(topic)
          .enqueue(Array.from({ length: many }, (_, index) => ({ id: `${round}-${index}`, payload: index })))
        const taken: string[] = []
        const work = async (worker: number): Promise<void> => {
          const outbox = (worker % 2 === 0 ? a : b).outbox(topic)
          let empty = 0
          // Under contention a claim may find nothing though something is left, but not for ever.
          while (taken.length < many && empty < 200) {
            const claimed = await outbox.claim({ limit: 1 + (worker % 4) * 3, leaseMs: 60_000 })
            empty = claimed.length === 0 ? empty + 1 : 0
            taken.push(...ids(claimed))
            same((await outbox.acknowledge(claimed)).leaseLost, [], 'leases lost by their own holder')
          }
        }
        allWon(await Promise.allSettled(Array.from({ length: 8 }, (_, worker) => work(worker))))
        equal(new Set(taken).size, taken.length, 'messages claimed, each once')
        equal(taken.length, many, 'messages claimed')
      }
    },
    { race: true },
  ),

  defineCase(
    'O1.racing-claims-of-one',
    'of racers that claim one message one gets it',
    async ({ a, race, racers, rounds }) => {
      for (let round = 0; round < rounds; round++) {
        await a.outbox('topic').enqueue([{ id: `m${round}`, payload: 1 }])
        const results = await race(racers, (storage) => storage.outbox('topic').claim({ limit: 5, leaseMs: 60_000 }))
        const claimed = allWon(results).flat()
        ok(claimed.length <= 1, `${claimed.length} racers got one message`)
        // A store may let every racer stand back; then the message is still there for the next.
        if (claimed.length === 0) await claimOne(a, 60_000)
      }
    },
    { race: true },
  ),

  defineCase(
    'O1.two-processes',
    'workers in two processes drain one outbox, and no message goes to two of them',
    async (world) => {
      const many = 200
      await fill(world.a, many)
      const other = await world.process()
      const [theirs, ours] = await Promise.all([
        other.run('drain-outbox', [0, 1, 2, 3]),
        Promise.all([0, 1, 2, 3].map(() => drain(world.a.outbox('topic')))),
      ])
      const taken = ours.flat()
      for (const each of theirs) {
        ok(each.status === 'fulfilled', 'a worker of the second process failed')
        taken.push(...(each.value as string[]))
      }
      equal(new Set(taken).size, taken.length, 'messages claimed, each once')
      equal(taken.length, many, 'messages claimed')
    },
    { race: true, skip: offered('processes') },
  ),

  defineCase(
    'O2.attempts-count-at-claim',
    'an attempt is counted when the message is claimed, whether the worker reports back, gives it back or dies',
    async ({ a, b, clock }) => {
      await fill(a, 1, { maxAttempts: 4 })
      const first = await claimOne(a)
      equal(first.attempt, 1, 'the first attempt')
      const [leased] = (await b.outbox('topic').list({ state: 'leased', limit: 9 })).items
      equal(leased?.attempt, 1, 'the attempt listed while it is leased')
      await a.outbox('topic').retry([first])
      equal((await claimOne(b)).attempt, 2, 'the attempt after it was given back')
      clock.advance(1_000)
      equal((await claimOne(b)).attempt, 3, 'the attempt after the worker died')
      clock.advance(1_000)
      const last = await claimOne(a)
      same([last.attempt, last.maxAttempts], [4, 4], 'the last attempt')
      await a.outbox('topic').extend([last], 5_000)
      equal((await a.outbox('topic').list({ state: 'leased', limit: 9 })).items[0]?.attempt, 4, 'after it was extended')
    },
  ),

  defineCase(
    'O3.claimable-again',
    'a leased message cannot be claimed until its lease ends, and can at that very moment',
    async ({ a, b, clock }) => {
      await fill(a, 1)
      const first = await claimOne(a, 1_000)
      clock.advance(999)
      same(await b.outbox('topic').claim({ limit: 9, leaseMs: 1_000 }), [], 'claimed a millisecond before')
      clock.advance(1)
      const second = await claimOne(b, 1_000)
      ok(second.token !== first.token, 'the second claim has the token of the first')
      same([second.id, second.attempt], [first.id, 2], 'the second claim')
    },
  ),

  defineCase(
    'O3.an-old-token-has-lost',
    'after another worker took over the old token can neither acknowledge, retry, extend nor bury; the new one can',
    async ({ a, b, clock }) => {
      await fill(a, 1)
      const old = await claimOne(a)
      clock.advance(1_000)
      const current = await claimOne(b, 60_000)
      const { id } = old
      const outbox = a.outbox('topic')
      same(await outbox.acknowledge([old]), lost(id), 'an acknowledgement with the old token')
      same(await outbox.retry([old], { delayMs: 5, error: 'late' }), lost(id), 'a retry with the old token')
      same(await outbox.deadLetter([old], { error: 'late' }), lost(id), 'a burial with the old token')
      same(await outbox.extend([old], 90_000), lost(id), 'an extension with the old token')
      const [leased] = (await b.outbox('topic').list({ state: 'leased', limit: 9 })).items
      same([leased?.leasedUntil, leased?.lastError], [current.leasedUntil, null], 'the message after all of that')
      same(await outbox.acknowledge([current]), done(id), 'an acknowledgement with the new token')
    },
  ),

  defineCase(
    'O3.expired-is-lost-without-a-successor',
    'a token whose lease has ended has lost though nobody took over: at the moment of its end, and not before',
    async ({ a, b, clock }) => {
      await fill(a, 4)
      const [one, two, three, four] = await a.outbox('topic').claim({ limit: 4, leaseMs: 1_000 })
      const outbox = a.outbox('topic')
      clock.advance(999)
      same(await outbox.acknowledge(given(one)), done('1'), 'an acknowledgement a millisecond before')
      clock.advance(1)
      same(await outbox.acknowledge(given(two)), lost('2'), 'an acknowledgement at the end')
      same(await outbox.retry(given(three)), lost('3'), 'a retry at the end')
      same(await outbox.deadLetter(given(three)), lost('3'), 'a burial at the end')
      same(await outbox.extend(given(four), 5_000), lost('4'), 'an extension at the end')
      same(ids(await b.outbox('topic').claim({ limit: 9, leaseMs: 1_000 })), ['2', '3', '4'], 'claimed by the next')
    },
  ),

  defineCase(
    'O3.extended',
    'an extended lease ends so many milliseconds after the extension, and its token stays good until then',
    async ({ a, b, clock }) => {
      await fill(a, 1)
      const claimed = await claimOne(a, 1_000)
      clock.advance(900)
      same(await a.outbox('topic').extend([claimed], 1_000), done('1'), 'the extension')
      clock.advance(999)
      same(await b.outbox('topic').claim({ limit: 9, leaseMs: 1_000 }), [], 'claimed while it is extended')
      same(await a.outbox('topic').extend([claimed], 500), done('1'), 'another one')
      clock.advance(500)
      same(await a.outbox('topic').acknowledge([claimed]), lost('1'), 'an acknowledgement after it ended')
      equal((await claimOne(b)).id, '1', 'the message claimed after it ended')
    },
  ),

  defineCase(
    'O3.forged-leases',
    'tokens of others, ids of others and what is no token settle nothing, and each message of a batch is told apart',
    async ({ a, b }) => {
      await fill(a, 4)
      const [one, two] = await a.outbox('topic').claim({ limit: 2, leaseMs: 60_000 })
      const [three] = await b.outbox('topic').claim({ limit: 1, leaseMs: 60_000 })
      const outbox = a.outbox('topic')
      const token = one?.token ?? ''
      const forged = [
        { id: '3', token },
        { id: '4', token },
        { id: '1', token: three?.token ?? '' },
        { id: 'missing', token },
        { id: '', token },
        { id: '2', token: '' },
        { id: '2', token: "' or 1=1 --" },
        { id: '2\0', token },
      ]
      for (const lease of forged) same(await outbox.acknowledge([lease]), lost(lease.id), 'a forged lease')
      same(await outbox.acknowledge([]), { succeeded: [], leaseLost: [] }, 'no lease')
      const mixed = await outbox.acknowledge([...given(two), { id: '4', token }, ...given(one), ...given(three)])
      same(mixed, { succeeded: ['2', '1', '3'], leaseLost: ['4'] }, 'a batch of good and forged leases')
      same(await outbox.acknowledge([...given(one)]), lost('1'), 'an acknowledgement of what is delivered')
    },
  ),

  defineCase(
    'O3.racing-settlements',
    'of racers that settle one lease one succeeds, and the message ends where that one put it',
    async ({ a, race, racers, rounds }) => {
      for (let round = 0; round < rounds; round++) {
        await a.outbox('topic').enqueue([{ id: `m${round}`, payload: 1 }])
        const claimed = await claimOne(a, 60_000)
        const results = await race(racers, async (storage, index) => {
          const outbox = storage.outbox('topic')
          const kind = (['delivered', 'dead', 'due'] as const)[index % 3] ?? 'due'
          const settle = { delivered: 'acknowledge', dead: 'deadLetter', due: 'retry' } as const
          const later = { delayMs: 86_400_000 }
          const settled = kind === 'due' ? await outbox.retry([claimed], later) : await outbox[settle[kind]]([claimed])
          return settled.succeeded.length === 1 ? kind : null
        })
        const winners = allWon(results).filter((winner) => winner !== null)
        equal(winners.length, 1, 'racers that settled it')
        const [state] = winners
        const found = await a.outbox('topic').list({ state: state ?? 'due', limit: 100 })
        ok(ids(found.items).includes(`m${round}`), `the message is not where the winner put it (${state})`)
      }
    },
    { race: true },
  ),

  defineCase(
    'O3.acknowledged-in-a-transaction',
    'an acknowledgement commits and vanishes with its transaction; a lost lease dooms nothing',
    async ({ a, b, clock }) => {
      await fill(a, 2)
      const [one, two] = await a.outbox('topic').claim({ limit: 2, leaseMs: 1_000 })
      const call = a.transaction(async (tx) => {
        same(await tx.outbox('topic').acknowledge(given(one)), done('1'), 'an acknowledgement inside')
        throw new Error('rolled back')
      })
      await call.catch(() => undefined)
      same(ids((await b.outbox('topic').list({ state: 'leased', limit: 9 })).items), ['1', '2'], 'after the rollback')
      await a.transaction(async (tx) => {
        same(await tx.outbox('topic').acknowledge(given(one)), done('1'), 'an acknowledgement inside')
      })
      clock.advance(1_000)
      await a.transaction(async (tx) => {
        same(await tx.outbox('topic').acknowledge(given(two)), lost('2'), 'an acknowledgement too late')
        await tx.keyValue('space').set('key', 'committed')
      })
      equal(await b.keyValue('space').get('key'), 'committed', 'what the transaction wrote beside it')
      same(ids((await b.outbox('topic').list({ state: 'delivered', limit: 9 })).items), ['1'], 'delivered messages')
    },
    { skip: declared('transactions') },
  ),
]

function given(claimed: ClaimedMessage | undefined): ClaimedMessage[] {
  return claimed ? [claimed] : []
}

/** Claims and acknowledges until nothing is left; what the second process runs as well. */
export async function drain(outbox: {
  claim(options: { limit: number; leaseMs: number }): Promise<ClaimedMessage[]>
  acknowledge(leases: readonly ClaimedMessage[]): Promise<Settled>
}): Promise<string[]> {
  const taken: string[] = []
  for (let empty = 0; empty < 20; ) {
    const claimed = await outbox.claim({ limit: 7, leaseMs: 60_000 })
    empty = claimed.length === 0 ? empty + 1 : 0
    taken.push(...ids(claimed))
    await outbox.acknowledge(claimed)
  }
  return taken
}
