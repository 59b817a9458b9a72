import type { Json, Reservation, Reserved, Storage } from '@portolan/ports'
import { allWon, equal, ok, refused, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { offered } from '../needs.ts'

export const asked: Reservation = { namespace: 'payments', key: 'request', fingerprint: 'print', leaseMs: 1_000 }

export function reserve(storage: Storage<unknown>, more: Partial<Reservation> = {}): Promise<Reserved> {
  return storage.idempotency().reserve({ ...asked, ...more })
}

/** The token of a reservation that must succeed. */
export async function reserved(storage: Storage<unknown>, more: Partial<Reservation> = {}): Promise<string> {
  const answer = await reserve(storage, more)
  if (answer.state !== 'reserved') throw new Error(`expected to reserve, but it is ${answer.state}`)
  return answer.token
}

/** D1 to D4. */
export const idempotencyCases: readonly Case[] = [
  defineCase(
    'D1.racing-reservers',
    'of racers that reserve one key one runs; the others hear that it is in progress, and afterwards get its result',
    async ({ a, race, racers, rounds }) => {
      for (let round = 0; round < rounds; round++) {
        const answers = allWon(await race(racers, (storage) => reserve(storage, { key: `key-${round}` })))
        const tokens = answers.flatMap((answer) => (answer.state === 'reserved' ? [answer.token] : []))
        equal(tokens.length, 1, 'racers that run')
        for (const answer of answers)
          ok(answer.state === 'reserved' || answer.state === 'in-progress', `a racer was told ${answer.state}`)
        await a.idempotency().complete(tokens[0] ?? '', { round })
        for (const answer of allWon(await race(racers, (storage) => reserve(storage, { key: `key-${round}` }))))
          same(answer, { state: 'replay', result: { round } }, 'the answer after it was completed')
      }
    },
    { race: true },
  ),

  defineCase(
    'D1.two-processes',
    'of racers in two processes that reserve one key one runs',
    async (world) => {
      const other = await world.process()
      for (let round = 0; round < Math.min(world.rounds, 5); round++) {
        const key = `key-${round}`
        const inputs = Array.from({ length: world.racers / 2 }, () => key)
        const [theirs, ours] = await Promise.all([
          other.run('reserve', inputs),
          Promise.all(inputs.map(() => reserve(world.a, { key }))),
        ])
        let running = ours.filter(({ state }) => state === 'reserved').length
        for (const each of theirs) {
          ok(each.status === 'fulfilled', 'a racer of the second process failed')
          if (each.value === 'reserved') running++
        }
        equal(running, 1, 'racers that run')
      }
    },
    { race: true, skip: offered('processes') },
  ),

  defineCase(
    'D1.in-progress',
    'while the lease runs another caller hears until when, whatever it asks for itself',
    async ({ a, b, clock }) => {
      const until = new Date(clock.now() + 1_000).toISOString()
      await reserved(a)
      same(await reserve(b), { state: 'in-progress', until }, 'the answer to another client')
      clock.advance(999)
      same(await reserve(a, { leaseMs: 90_000 }), { state: 'in-progress', until }, 'the answer a millisecond before')
    },
  ),

  defineCase(
    'D2.replay',
    'a replay is deeply equal to the result stored, and null where there was none',
    async ({ a, b }) => {
      const results: readonly (Json | undefined)[] = [
        undefined,
        null,
        0,
        -1.5,
        '',
        'text',
        false,
        [],
        {},
        [null, [1, { a: null }]],
        { b: 2, a: 1, nested: { '': '', $set: 1, 'a.b': 2 }, list: [1, 2, 3], text: '\u{1f9ed} é e\u0301' },
        JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}') as Json,
        'x'.repeat(50_000),
      ]
      for (const [index, result] of results.entries()) {
        const token = await reserved(a, { key: `key-${index}` })
        if (result === undefined) await a.idempotency().complete(token)
        else await a.idempotency().complete(token, result)
        const expected = { state: 'replay', result: result ?? null } as const
        same(await reserve(b, { key: `key-${index}` }), expected, `the replay of result ${index}`)
        same(await reserve(a, { key: `key-${index}` }), expected, `the second replay of result ${index}`)
      }
    },
  ),

  defineCase(
    'D2.refused-results',
    'a result that JSON cannot hold is refused, and the reservation stays as it was',
    async ({ a, b }) => {
      const token = await reserved(a, { leaseMs: 60_000 })
      for (const result of [() => 1, 1n, Number.NaN, new Date(0), new Map(), { a: undefined }, ['\ud800'], 'nul\0'])
        await refused(a.idempotency().complete(token, result as never), 'invalid-value', { says: ['result'] })
      equal((await reserve(b)).state, 'in-progress', 'the state after the refusals')
      await a.idempotency().complete(token, 'fine')
      same(await reserve(b), { state: 'replay', result: 'fine' }, 'the answer in the end')
    },
  ),

  defineCase(
    'D3.mismatch',
    'the same key with another fingerprint is a mismatch while it runs, after its lease and after it was completed',
    async ({ a, b, clock }) => {
      const token = await reserved(a)
      const other = { fingerprint: 'Print' }
      same(await reserve(b, other), { state: 'mismatch' }, 'the answer while it runs')
      clock.advance(1_000)
      same(await reserve(b, other), { state: 'mismatch' }, 'the answer at the end of its lease')
      await a.idempotency().complete(token, 1)
      clock.advance(365 * 86_400_000)
      same(await reserve(b, other), { state: 'mismatch' }, 'the answer a year later')
      same(await reserve(b, { fingerprint: '' }), { state: 'mismatch' }, 'the answer to an empty fingerprint')
      same(await reserve(b), { state: 'replay', result: 1 }, 'the answer to the same fingerprint')
    },
  ),

  defineCase(
    'D3.until-release',
    'after a release the key is free for whoever comes, with any fingerprint; the released token has lost',
    async ({ a, b }) => {
      const token = await reserved(a)
      await b.idempotency().release(token)
      const next = await reserved(b, { fingerprint: 'another' })
      ok(next !== token, 'a token came again')
      same(await reserve(a), { state: 'mismatch' }, 'the answer to the first fingerprint')
      for (const call of ['complete', 'release'] as const)
        await refused(a.idempotency()[call](token), 'lease-lost', { says: ['token'] })
      await refused(a.idempotency().extend(token, 1_000), 'lease-lost')
      await b.idempotency().complete(next, 'done')
    },
  ),

  defineCase(
    'D3.until-keep-ms',
    'a result is kept for keepMs, counted from complete; then the key is free. Without keepMs it is kept for ever',
    async ({ a, b, clock }) => {
      const token = await reserved(a, { leaseMs: 60_000, keepMs: 5_000 })
      const forEver = await reserved(a, { key: 'for ever' })
      await a.idempotency().complete(forEver, 'kept')
      clock.advance(30_000)
      await a.idempotency().complete(token, 'result')
      clock.advance(4_999)
      same(await reserve(b), { state: 'replay', result: 'result' }, 'the answer a millisecond before')
      same(await reserve(b, { fingerprint: 'other' }), { state: 'mismatch' }, 'the answer to another fingerprint')
      clock.advance(1)
      const next = await reserved(b, { fingerprint: 'other', keepMs: 1 })
      await refused(a.idempotency().complete(token, 'late'), 'lease-lost')
      await b.idempotency().complete(next, 'new')
      clock.advance(1)
      equal(await b.sweep(), 1, 'records swept')
      await reserved(a)
      clock.advance(50 * 365 * 86_400_000)
      same(await reserve(b, { key: 'for ever' }), { state: 'replay', result: 'kept' }, 'the answer after fifty years')
    },
  ),

  defineCase(
    'D4.taken-over',
    'an expired reservation can be taken over at the moment of its end, and the late holder has lost in every way',
    async ({ a, b, clock }) => {
      const late = await reserved(a)
      clock.advance(1_000)
      const current = await reserved(b, { leaseMs: 60_000 })
      ok(current !== late, 'the token of the first came again')
      const ids = (await refused(a.idempotency().complete(late, 'late'), 'lease-lost')).data.ids
      equal(ids.length, 1, 'ids told by the error')
      await refused(a.idempotency().extend(late, 90_000), 'lease-lost')
      await refused(a.idempotency().release(late), 'lease-lost')
      equal((await reserve(a)).state, 'in-progress', 'the state after all of that')
      await b.idempotency().complete(current, 'current')
      await refused(a.idempotency().complete(late, 'late'), 'lease-lost')
      same(await reserve(a), { state: 'replay', result: 'current' }, 'the answer in the end')
    },
  ),

  defineCase(
    'D4.late-but-not-taken-over',
    'a holder whose lease has ended, but whom nobody has replaced, still completes: fencing is by the token',
    async ({ a, b, clock }) => {
      const token = await reserved(a)
      clock.advance(60_000)
      await a.idempotency().complete(token, 'late and fine')
      same(await reserve(b), { state: 'replay', result: 'late and fine' }, 'the answer')
      await refused(a.idempotency().complete(token, 'twice'), 'lease-lost')
      same(await reserve(b), { state: 'replay', result: 'late and fine' }, 'the answer after a second complete')
    },
  ),

  defineCase(
    'D4.racing-heirs',
    'of racers that take over an expired reservation one runs; the late holder can no longer complete',
    async ({ a, clock, race, racers, rounds }) => {
      for (let round = 0; round < rounds; round++) {
        const key = `key-${round}`
        const late = await reserved(a, { key })
        clock.advance(1_000)
        const answers = allWon(await race(racers, (storage) => reserve(storage, { key })))
        equal(answers.filter(({ state }) => state === 'reserved').length, 1, 'racers that run')
        await refused(a.idempotency().complete(late, 'late'), 'lease-lost')
      }
    },
    { race: true },
  ),

  defineCase(
    'D4.heir-against-late-holder',
    'where a late holder and an heir race, either the holder completes and all replay, or it is lease-lost and one runs',
    async ({ a, b, clock, race, racers, rounds }) => {
      for (let round = 0; round < rounds; round++) {
        const key = `key-${round}`
        const late = await reserved(a, { key })
        clock.advance(1_000)
        let completed: boolean | undefined
        const results = await race(racers, async (storage, index) => {
          if (index !== racers - 1) return await reserve(storage, { key })
          completed = await storage
            .idempotency()
            .complete(late, 'late')
            .then(
              () => true,
              (error: unknown) => {
                if ((error as { code?: unknown }).code !== 'lease-lost') throw error
                return false
              },
            )
          return null
        })
        const running = allWon(results).filter((answer) => answer?.state === 'reserved').length
        equal(running, completed ? 0 : 1, `racers that run where the late holder ${completed ? 'completed' : 'lost'}`)
        equal((await reserve(b, { key })).state, completed ? 'replay' : 'in-progress', 'the state in the end')
      }
    },
    { race: true },
  ),

  defineCase('D4.extended', 'an extended reservation ends so long after the extension', async ({ a, b, clock }) => {
    const token = await reserved(a)
    clock.advance(900)
    await a.idempotency().extend(token, 1_000)
    clock.advance(999)
    const until = new Date(clock.now() + 1).toISOString()
    same(await reserve(b), { state: 'in-progress', until }, 'the answer a millisecond before')
    clock.advance(1)
    await reserved(b)
    await refused(a.idempotency().extend(token, 1_000), 'lease-lost')
  }),
]
