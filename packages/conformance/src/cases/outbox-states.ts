import type { MessageState, Storage } from '@portolan/ports'
import { allWon, equal, ok, refused, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { declared } from '../needs.ts'
import { claimOne, fill, ids } from './outbox.ts'

const states: readonly MessageState[] = ['due', 'leased', 'dead', 'delivered']

/** The ids of the messages in each state. */
async function byState(storage: Storage<unknown>): Promise<{ [state in MessageState]: string[] }> {
  const found = { due: [] as string[], leased: [] as string[], dead: [] as string[], delivered: [] as string[] }
  for (const state of states) {
    const { items } = await storage.outbox('topic').list({ state, limit: 1_000 })
    for (const item of items) equal(item.state, state, 'the state told by a listed message')
    found[state] = ids(items)
  }
  return found
}

/** O4, O5, O8, and what list, requeue and purge promise. */
export const outboxStateCases: readonly Case[] = [
  defineCase(
    'O4.settled-messages-never-come-back',
    'acknowledged and dead messages are not claimed again, whatever time passes and whoever asks',
    async ({ a, b, clock }) => {
      await fill(a, 3, { maxAttempts: 5 })
      const [one, two, three] = await a.outbox('topic').claim({ limit: 3, leaseMs: 1_000 })
      if (!one || !two || !three) throw new Error('three messages could not be claimed')
      await a.outbox('topic').acknowledge([one])
      await a.outbox('topic').deadLetter([two], { error: 'poison' })
      await a.outbox('topic').retry([three], { delayMs: 5_000 })
      let elapsed = 0
      for (const step of [0, 999, 1, 3_999, 1]) {
        clock.advance(step)
        elapsed += step
        const claimed = ids(await b.outbox('topic').claim({ limit: 9, leaseMs: 86_400_000 }))
        same(claimed, elapsed === 5_000 ? ['3'] : [], `messages claimed after ${elapsed} ms`)
      }
      clock.advance(365 * 86_400_000)
      same(ids(await b.outbox().claim({ limit: 9, leaseMs: 1_000 })), ['3'], 'messages claimed after a year')
      same(await byState(a), { due: [], leased: ['3'], dead: ['2'], delivered: ['1'] }, 'messages by state')
    },
  ),

  defineCase(
    'O4.retried',
    'a message given back comes again at its moment, and is dead once its attempts are used up',
    async ({ a, b, clock }) => {
      await fill(a, 1, { maxAttempts: 2 })
      const outbox = a.outbox('topic')
      const first = await claimOne(a)
      same((await outbox.retry([first], { delayMs: 500, error: 'first' })).succeeded, ['1'], 'the first retry')
      same(await b.outbox('topic').claim({ limit: 9, leaseMs: 1_000 }), [], 'claimed before its moment')
      const [due] = (await b.outbox('topic').list({ state: 'due', limit: 9 })).items
      same(
        [due?.lastError, due?.availableAt, due?.leasedUntil, due?.attempt],
        ['first', new Date(clock.now() + 500).toISOString(), null, 1],
        'the message given back',
      )
      clock.advance(500)
      const second = await claimOne(b)
      same([second.lastError, second.attempt], ['first', 2], 'the message claimed again')
      same((await outbox.retry([first])).leaseLost, ['1'], 'a retry with the first token')
      same((await outbox.retry([second], { at: new Date(clock.now()) })).succeeded, ['1'], 'the second retry')
      same(await b.outbox('topic').claim({ limit: 9, leaseMs: 1_000 }), [], 'claimed after its last attempt')
      const [dead] = (await b.outbox('topic').list({ state: 'dead', limit: 9 })).items
      same([dead?.attempt, dead?.lastError], [2, 'first'], 'the dead message, with the last error that was told')
    },
  ),

  defineCase(
    'O5.dead-without-a-write',
    'a message whose last lease ran out with its attempts used up is dead by that moment, and nobody had to write it',
    async ({ a, b, clock }) => {
      await fill(a, 1, { maxAttempts: 2 })
      for (const attempt of [1, 2]) {
        equal((await claimOne(a)).attempt, attempt, 'the attempt')
        clock.advance(999)
        same(await byState(b), { due: [], leased: ['1'], dead: [], delivered: [] }, 'by state, inside the lease')
        clock.advance(1)
        const over = attempt === 2
        const expected = { due: over ? [] : ['1'], leased: [], dead: over ? ['1'] : [], delivered: [] }
        same(await byState(b), expected, `by state, after lease ${attempt}`)
      }
      same(await b.outbox('topic').claim({ limit: 9, leaseMs: 1_000 }), [], 'claimed')
      same(await b.outbox('topic').requeue(['1']), ['1'], 'requeued')
      equal((await claimOne(b)).attempt, 1, 'the attempt after it was requeued')
    },
  ),

  defineCase(
    'O5.one-attempt',
    'with maxAttempts 1 a message is delivered at most once to a worker, and its holder can still acknowledge it',
    async ({ a, b, clock }) => {
      await fill(a, 2, { maxAttempts: 1 })
      const [one, two] = await a.outbox('topic').claim({ limit: 2, leaseMs: 1_000 })
      clock.advance(500)
      same((await b.outbox('topic').acknowledge(one ? [one] : [])).succeeded, ['1'], 'acknowledged inside the lease')
      clock.advance(500)
      same((await b.outbox('topic').acknowledge(two ? [two] : [])).leaseLost, ['2'], 'acknowledged after it')
      same(await byState(a), { due: [], leased: [], dead: ['2'], delivered: ['1'] }, 'by state')
    },
  ),

  defineCase(
    'O4.each-message-in-one-state',
    'at every moment list shows each message in exactly one state, in order, page by page',
    async ({ a, b, clock }) => {
      await fill(a, 24, { maxAttempts: 1 })
      await a.outbox('topic').enqueue([{ id: '99', payload: 1, delayMs: 2_000 }])
      const claimed = await a.outbox('topic').claim({ limit: 18, leaseMs: 1_000 })
      await a.outbox('topic').acknowledge(claimed.slice(0, 5))
      await a.outbox('topic').deadLetter(claimed.slice(5, 9))
      await a.outbox('topic').extend(claimed.slice(9, 12), 5_000)
      for (const step of [0, 999, 1, 1_000, 3_000]) {
        clock.advance(step)
        const found = await byState(b)
        const all = states.flatMap((state) => found[state])
        equal(all.length, 25, `messages in all states, ${step} ms later`)
        equal(new Set(all).size, 25, 'messages, each in one state')
        for (const state of states) {
          const paged: string[] = []
          for (let cursor: string | null | undefined; cursor !== null; ) {
            const page = await b.outbox('topic').list({ state, limit: 2, cursor })
            ok(page.items.length <= 2, 'a page is longer than its limit')
            paged.push(...ids(page.items))
            cursor = page.nextCursor
          }
          same(paged, found[state], `messages of state ${state}, page by page`)
        }
      }
      const first = await b.outbox('topic').list({ state: 'dead', limit: 1 })
      const other = b.outbox('topic').list({ state: 'delivered', limit: 1, cursor: first.nextCursor })
      await refused(other, 'invalid-cursor', { says: ['cursor'] })
    },
  ),

  defineCase(
    'O4.requeued',
    'requeue gives dead messages a fresh set of attempts, due now, and leaves all others alone',
    async ({ a, b, clock }) => {
      await fill(a, 5, { maxAttempts: 2 })
      const claimed = await a.outbox('topic').claim({ limit: 4, leaseMs: 1_000 })
      await a.outbox('topic').deadLetter(claimed.slice(0, 2), { error: 'poison' })
      await a.outbox('topic').acknowledge(claimed.slice(2, 3))
      clock.advance(10)
      const asked = ['5', '1', 'missing', '4', '2', '1', '3', '', 'nul\0']
      same(await b.outbox('topic').requeue(asked), ['1', '2'], 'those that were dead')
      same(await b.outbox('topic').requeue(asked), [], 'a second time')
      same(await b.outbox('topic').requeue([]), [], 'of none')
      same(await byState(a), { due: ['5', '1', '2'], leased: ['4'], dead: [], delivered: ['3'] }, 'by state')
      const again = await b.outbox('topic').claim({ limit: 9, leaseMs: 1_000 })
      same(
        again.map(({ id, attempt, lastError }) => [id, attempt, lastError]),
        [
          ['5', 1, null],
          ['1', 1, 'poison'],
          ['2', 1, 'poison'],
        ],
        'what is claimed then',
      )
      same((await a.outbox('topic').acknowledge(claimed.slice(0, 1))).leaseLost, ['1'], 'the token from before')
    },
  ),

  defineCase(
    'O4.requeue-has-one-winner',
    'of racers that requeue the same dead messages each message is told to one',
    async ({ a, race, racers, rounds }) => {
      for (let round = 0; round < Math.min(rounds, 10); round++) {
        const messages = Array.from({ length: 6 }, (_, index) => ({ id: `${round}-${index}`, payload: 1 }))
        await a.outbox('topic').enqueue(messages)
        await a.outbox('topic').deadLetter(await a.outbox('topic').claim({ limit: 6, leaseMs: 1_000 }))
        const results = await race(racers, (storage) => storage.outbox('topic').requeue(ids(messages)))
        same(allWon(results).flat().sort(), ids(messages), 'messages told as requeued')
        await a.outbox('topic').acknowledge(await a.outbox('topic').claim({ limit: 6, leaseMs: 1_000 }))
      }
    },
    { race: true },
  ),

  defineCase(
    'O4.requeue-in-a-transaction',
    'a requeue commits and vanishes with its transaction',
    async ({ a, b }) => {
      await fill(a, 1)
      await a.outbox('topic').deadLetter([await claimOne(a)])
      const call = a.transaction(async (tx) => {
        same(await tx.outbox('topic').requeue(['1']), ['1'], 'requeued inside')
        throw new Error('rolled back')
      })
      await call.catch(() => undefined)
      same((await byState(b)).dead, ['1'], 'dead after the rollback')
      await a.transaction((tx) => tx.outbox('topic').requeue(['1']))
      same((await byState(b)).due, ['1'], 'due after the commit')
    },
    { skip: declared('transactions') },
  ),

  defineCase(
    'O4.purged',
    'purge removes messages delivered before the given moment, and no others',
    async ({ a, b, clock }) => {
      await fill(a, 6)
      const claimed = await a.outbox('topic').claim({ limit: 5, leaseMs: 60_000 })
      await a.outbox('topic').acknowledge(claimed.slice(0, 2))
      clock.advance(1_000)
      const moment = new Date(clock.now())
      await a.outbox('topic').acknowledge(claimed.slice(2, 3))
      await a.outbox('topic').deadLetter(claimed.slice(3, 4))
      clock.advance(1_000)
      equal(await b.outbox('topic').purge({ deliveredBefore: moment }), 2, 'messages purged')
      equal(await b.outbox('topic').purge({ deliveredBefore: moment }), 0, 'messages purged a second time')
      same(await byState(b), { due: ['6'], leased: ['5'], dead: ['4'], delivered: ['3'] }, 'by state')
      equal(await b.outbox('topic').purge({ deliveredBefore: new Date(clock.now()) }), 1, 'messages purged later')
      await refused(b.outbox('topic').purge({ deliveredBefore: 'yesterday' }), 'invalid-value', {
        says: ['deliveredBefore'],
      })
    },
  ),

  defineCase(
    'O8.last-error',
    'lastError is cut at 2,000 characters and says so; a shorter one is kept whole, and the last one told stays',
    async ({ a, b, clock }) => {
      await fill(a, 1)
      const lastError = async (error?: string): Promise<string> => {
        const claimed = await claimOne(a)
        await a.outbox('topic').retry([claimed], error === undefined ? {} : { error })
        clock.advance(1)
        return (await b.outbox('topic').list({ state: 'due', limit: 1 })).items[0]?.lastError ?? ''
      }
      const whole = `${'x'.repeat(1_998)}é!`
      equal(await lastError(whole), whole, 'an error of 2,000 characters')
      equal(await lastError(), whole, 'without an error')
      const cut = await lastError(`begin ${'x'.repeat(5_000)}`)
      equal(cut.length, 2_000, 'characters of a longer one')
      ok(cut.startsWith('begin xxx') && /cut/.test(cut.slice(-60)), 'a longer one says that it was cut')
      const halved = await lastError('\u{1f9ed}'.repeat(1_500))
      ok(halved.length <= 2_000 && halved.isWellFormed() && /cut/.test(halved), 'one cut inside of a character')
      equal(await lastError('nul\0 and \ud800 half'), 'nul\ufffd and \ufffd half', 'what no store can keep')
      equal(await lastError(''), '', 'an empty one')
    },
  ),

  defineCase('O8.of-the-buried', 'deadLetter keeps the error as retry does', async ({ a, b }) => {
    await fill(a, 2)
    const [one, two] = await a.outbox('topic').claim({ limit: 2, leaseMs: 1_000 })
    await a.outbox('topic').deadLetter(one ? [one] : [], { error: 'x'.repeat(3_000) })
    await a.outbox('topic').deadLetter(two ? [two] : [])
    const { items } = await b.outbox('topic').list({ state: 'dead', limit: 9 })
    same(
      items.map(({ lastError }) => lastError?.length ?? null),
      [2_000, null],
      'the lengths of the errors',
    )
    await refused(a.outbox('topic').deadLetter([], { error: 7 } as never), 'invalid-value', { says: ['error'] })
  }),
]
