import type { Reservation } from '@portolan/ports'
import { allWon, equal, ok, refused, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { glimpse } from '../interleaving.ts'
import { declared } from '../needs.ts'
import { asked, reserve, reserved } from './idempotency.ts'

const transactions = declared('transactions')
const long = 'k'.repeat(10_000)

/** Reservations that run into each other where the parts are joined, folded or cut. */
const distinct: readonly Partial<Reservation>[] = [
  {},
  { namespace: 'payments:request', key: 'x' },
  { namespace: 'payments', key: 'request:x' },
  { namespace: 'paymentsr', key: 'equest' },
  { namespace: 'Payments' },
  { namespace: 'payments ' },
  { key: 'Request' },
  { key: 'request ' },
  { key: ' request' },
  { key: 'r%' },
  { key: 'reques_' },
  { key: 'é' },
  { key: 'e\u0301' },
  { key: 'it\'s "quoted" \\ `so`' },
  { key: long },
  { key: `${long}x` },
  { key: `x${long}` },
  { scope: { tenant: 'a' } },
  { scope: { tenant: 'b' } },
  { scope: { Tenant: 'a' } },
  { scope: { tenant: 'a', actor: 'b' } },
  { scope: { tenant: 'b', actor: 'a' } },
  { scope: { tenant: 'a', actor: '' } },
  { scope: { tenant: 'a","actor":"b' } },
  { scope: { tenant: 'a', actor: 'b', more: 'c' } },
  { scope: { 'tenant:a': '' } },
  { scope: { tenant: ':a' } },
  { scope: { a: '1', b: '2' } },
  { scope: { a: '1b', '': '2' } },
  { scope: { ab: '12' } },
  { scope: JSON.parse('{"__proto__": "a"}') as Record<string, string> },
  { scope: { constructor: 'a' } },
  { scope: { tenant: long } },
  { scope: { tenant: `${long}x` } },
  { key: 'requesttenanta' },
]

/** D5 and D6. */
export const idempotencyNameCases: readonly Case[] = [
  defineCase(
    'D5.names-never-collide',
    'namespace, key and scope are compared exactly, of any length: no two of many neighbours are one',
    async ({ a, b }) => {
      const tokens: string[] = []
      for (const [index, more] of distinct.entries()) {
        const answer = await reserve(a, { ...more, leaseMs: 60_000 })
        equal(answer.state, 'reserved', `the answer to neighbour ${index}`)
        if (answer.state === 'reserved') tokens.push(answer.token)
      }
      for (const [index, token] of tokens.entries()) await b.idempotency().complete(token, index)
      for (const [index, more] of distinct.entries())
        same(await reserve(b, more), { state: 'replay', result: index }, `the replay of neighbour ${index}`)
    },
  ),

  defineCase(
    'D5.order-of-properties',
    'the order of the properties of a scope is irrelevant, and an empty scope is none',
    async ({ a, b }) => {
      const token = await reserved(a, { scope: { tenant: 'a', actor: 'b', '10': 'c', '9': 'd' } })
      await a.idempotency().complete(token, 'once')
      const replay = { state: 'replay', result: 'once' } as const
      same(await reserve(b, { scope: { '9': 'd', '10': 'c', actor: 'b', tenant: 'a' } }), replay, 'turned around')
      same(await reserve(b, { scope: { actor: 'b', '10': 'c', tenant: 'a', '9': 'd' } }), replay, 'mixed up')
      await reserved(a, { scope: {} })
      equal((await reserve(b)).state, 'in-progress', 'the answer without scope')
    },
  ),

  defineCase(
    'D5.refused-reservations',
    'what is no namespace, key, scope, fingerprint or period is refused by name, and reserves nothing',
    async ({ a, b }) => {
      const bad: readonly (readonly [more: object, says: string])[] = [
        [{ namespace: '' }, 'namespace'],
        [{ namespace: 'nul\0' }, 'namespace'],
        [{ key: '' }, 'key'],
        [{ key: '\ud800' }, 'key'],
        [{ key: 7 }, 'key'],
        [{ fingerprint: undefined }, 'fingerprint'],
        [{ fingerprint: 'nul\0' }, 'fingerprint'],
        [{ scope: { tenant: undefined } }, 'scope'],
        [{ scope: { tenant: 7 } }, 'scope'],
        [{ scope: { tenant: { id: 'a' } } }, 'scope'],
        [{ scope: ['a'] }, 'scope'],
        [{ scope: 'a' }, 'scope'],
        [{ scope: null }, 'scope'],
        [{ scope: { tenant: '\ud800' } }, 'scope'],
        [{ leaseMs: 0 }, 'leaseMs'],
        [{ leaseMs: 1.5 }, 'leaseMs'],
        [{ leaseMs: undefined }, 'leaseMs'],
        [{ keepMs: 0 }, 'keepMs'],
        [{ keepMs: -5 }, 'keepMs'],
      ]
      for (const [more, says] of bad)
        await refused(a.idempotency().reserve({ ...asked, ...more }), 'invalid-value', { says: [says] })
      await refused(a.idempotency().reserve({ ...asked, keep: 5 } as never), 'invalid-query', { says: ['keep'] })
      for (const token of ['', 'no token', 'nul\0', "' or 1=1 --"]) {
        await refused(a.idempotency().complete(token, 1), 'lease-lost', { says: ['token'] })
        await refused(a.idempotency().release(token), 'lease-lost')
      }
      await refused(a.idempotency().complete(undefined as never), 'invalid-value', { says: ['token'] })
      equal((await reserve(b)).state, 'reserved', 'the answer after the refusals')
    },
  ),

  defineCase(
    'D5.tokens-of-others',
    'a token completes its own reservation only, however much it looks like another',
    async ({ a, b }) => {
      const mine = await reserved(a, { key: 'mine', keepMs: 60_000 })
      const theirs = await reserved(b, { key: 'theirs', keepMs: 60_000 })
      const half = Math.floor(mine.length / 2)
      for (const forged of [mine.slice(0, half) + theirs.slice(half), theirs.slice(0, half) + mine.slice(half)])
        if (forged !== mine && forged !== theirs)
          await refused(a.idempotency().complete(forged, 'forged'), 'lease-lost')
      await refused(a.idempotency().complete(mine.toUpperCase(), 'forged'), 'lease-lost')
      await refused(a.idempotency().complete(`${mine} `, 'forged'), 'lease-lost')
      for (const key of ['mine', 'theirs'])
        equal((await reserve(a, { key })).state, 'in-progress', `the state of ${key}`)
    },
  ),

  defineCase(
    'D6.vanishes-with-the-transaction',
    'what a transaction reserved, completed or released is as before when it rolls back',
    async ({ a, b }) => {
      const kept = await reserved(a, { key: 'completed inside', leaseMs: 60_000 })
      const freed = await reserved(a, { key: 'released inside', leaseMs: 60_000 })
      let token = ''
      const call = a.transaction(async (tx) => {
        const answer = await tx.idempotency().reserve(asked)
        if (answer.state === 'reserved') token = answer.token
        await tx.idempotency().complete(token, 'inside')
        await tx.idempotency().complete(kept, 'inside')
        await tx.idempotency().release(freed)
        throw new Error('rolled back')
      })
      await call.catch(() => undefined)
      ok(token !== '', 'nothing was reserved inside')
      await refused(b.idempotency().complete(token, 'outside'), 'lease-lost')
      equal((await reserve(b)).state, 'reserved', 'the answer to the key reserved inside')
      for (const key of ['completed inside', 'released inside'])
        equal((await reserve(b, { key })).state, 'in-progress', `the state of the key ${key}`)
      await a.idempotency().complete(kept, 'outside')
      await a.idempotency().release(freed)
    },
    { skip: transactions },
  ),

  defineCase(
    'D6.commits-with-the-transaction',
    'what a transaction reserved and completed commits with the work beside it, and can then be replayed',
    async ({ a, b }) => {
      await a.transaction(async (tx) => {
        const answer = await tx.idempotency().reserve(asked)
        if (answer.state !== 'reserved') throw new Error('the key was not free')
        await tx.keyValue('space').set('work', 'done')
        await tx.idempotency().complete(answer.token, { done: true })
      })
      same(await reserve(b), { state: 'replay', result: { done: true } }, 'the answer')
      equal(await b.keyValue('space').get('work'), 'done', 'the work beside it')
    },
    { skip: transactions },
  ),

  defineCase(
    'D6.racer-waits-for-the-end-only',
    'a racer of a reservation in a running transaction gets its answer when that ends, at the latest, and never waits for a lease',
    async ({ a, b }) => {
      for (const commits of [true, false]) {
        const key = `commits: ${commits}`
        let racing: Promise<{ state: string }> | undefined
        let inside = ''
        const call = a.transaction(async (tx) => {
          inside = (await tx.idempotency().reserve({ ...asked, key, leaseMs: 86_400_000 })).state
          racing ??= reserve(b, { key })
          await glimpse(racing)
          if (!commits) throw new Error('rolled back')
        })
        await call.catch(() => undefined)
        const ended = performance.now()
        const outside = (await racing)?.state
        ok(performance.now() - ended < 5_000, 'the racer waited long after the end of the transaction')
        // A store that lets the racer go first runs the work of the transaction again, which then hears that it came late.
        if (commits) same([inside, outside].sort(), ['in-progress', 'reserved'], 'the answers inside and outside')
        else equal(outside, 'reserved', 'the answer to the racer after the rollback')
      }
    },
    { skip: transactions },
  ),

  defineCase(
    'D6.racing-transactions',
    'of racers that reserve, work and complete in one transaction each one does the work; the others replay its result',
    async ({ a, race, racers, rounds }) => {
      for (let round = 0; round < rounds; round++) {
        const key = `key-${round}`
        const results = await race(racers, (storage, index) =>
          storage.transaction(
            async (tx) => {
              const answer = await tx.idempotency().reserve({ ...asked, key })
              if (answer.state === 'reserved') {
                await tx.keyValue(`work-${round}`).set(String(index), 'done')
                await tx.idempotency().complete(answer.token, index)
                return index
              }
              return answer.state === 'replay' ? answer.result : answer.state
            },
            { timeoutMs: 60_000 },
          ),
        )
        const answers = allWon(results)
        equal(new Set(answers).size, 1, `different answers (${[...new Set(answers)].join(', ')})`)
        const works: string[] = []
        for await (const racer of a.keyValue(`work-${round}`).keys()) works.push(racer)
        same(works, [String(answers[0])], 'racers that did the work')
      }
    },
    { race: true, skip: transactions },
  ),
]
