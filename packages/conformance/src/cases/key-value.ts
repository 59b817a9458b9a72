import type { KeyValueStore } from '@portolan/ports'
import { allWon, equal, ok, refused, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'

const astral = '\u{1f9ed}\u{10ffff}\ufffd\ufeff'
const everyCharacter = Array.from({ length: 0x24f }, (_, code) => String.fromCharCode(code + 1)).join('')

/** Values that something on the way might take for something else. */
const values: readonly string[] = [
  '',
  ' ',
  'x ',
  ' x',
  'null',
  'undefined',
  '0',
  '007',
  '1e3',
  'true',
  '{"a": 1}',
  "it's; drop table --",
  '\\ " \' ` % _ $ # { } [ ] ( ) * + ? . ^ |',
  'line\r\nline\ttab',
  'e\u0301 is not \u00e9',
  everyCharacter,
  astral,
  'x'.repeat(100_000),
]

/** K1 and K2. */
export const keyValueCases: readonly Case[] = [
  defineCase('K1.values-come-back', 'every text comes back byte for byte, by every reading call', async ({ a, b }) => {
    const store = a.keyValue('space')
    for (const [index, value] of values.entries()) {
      await store.set(`key-${index}`, value)
      equal(await b.keyValue('space').get(`key-${index}`), value, `value ${index}`)
      equal((await store.getEntry(`key-${index}`))?.value, value, `value ${index} of the entry`)
    }
    same(await store.getMany(values.map((_, index) => `key-${index}`)), [...values], 'all of them')
  }),

  defineCase('K1.overwritten', 'a set replaces the value, whoever wrote the former one', async ({ a, b }) => {
    for (const [index, value] of values.entries()) {
      await (index % 2 === 0 ? a : b).keyValue('space').set('key', value)
      equal(await a.keyValue('space').get('key'), value, `value ${index}`)
    }
  }),

  defineCase(
    'K1.missing-is-null',
    'a missing key is null, and getMany is aligned with its keys, repeated ones included',
    async ({ a, b }) => {
      const store = a.keyValue('space')
      same(
        [
          await store.get('key'),
          await store.getEntry('key'),
          await store.delete('key'),
          await store.deleteMany(['key']),
        ],
        [null, null, false, 0],
        'answers about a missing key',
      )
      await b.keyValue('space').set('one', '1')
      await b.keyValue('space').set('two', '2')
      same(await store.getMany(['two', 'none', 'one', 'two']), ['2', null, '1', '2'], 'values of four keys')
      same(await store.getMany([]), [], 'values of no keys')
      equal(await store.deleteMany([]), 0, 'entries removed for no keys')
      equal(await store.deleteMany(['two', 'none', 'one', 'two']), 2, 'entries removed')
      same(await store.getMany(['one', 'two']), [null, null], 'values after the removal')
    },
  ),

  defineCase('K1.many-keys', 'five thousand keys are read, listed and removed in one call each', async ({ a, b }) => {
    const store = a.keyValue('space')
    const some = Array.from({ length: 1_200 }, (_, index) => `key-${index}`)
    for (let from = 0; from < some.length; from += 100)
      await Promise.all(some.slice(from, from + 100).map((key) => store.set(key, key)))
    const keys = Array.from({ length: 5_000 }, (_, index) => `key-${index}`)
    const found = await b.keyValue('space').getMany(keys)
    equal(found.length, 5_000, 'answers')
    ok(
      found.every((value, index) => value === (index < 1_200 ? keys[index] : null)),
      'an answer belongs to another key',
    )
    same((await allKeys(store)).sort(), [...some].sort(), 'keys listed')
    equal(await store.deleteMany(keys), 1_200, 'entries removed')
  }),

  defineCase(
    'K1.refused-text',
    'NUL and lone surrogates are refused in namespace, key, value and prefix, as is an empty key, and nothing is written',
    async ({ a }) => {
      const store = a.keyValue('space')
      for (const text of ['nul\0', '\ud800', 'x\udc00y']) {
        await refused(async () => a.keyValue(text).get('key'), 'invalid-value', { says: ['namespace'] })
        await refused(store.set(text, 'value'), 'invalid-value', { says: ['key'] })
        await refused(store.set('key', text), 'invalid-value', { says: ['value'] })
        await refused(allKeys(store, text), 'invalid-value', { says: ['prefix'] })
      }
      await refused(store.set('', 'value'), 'invalid-value', { says: ['key', 'empty'] })
      await refused(store.set('key', 7 as never), 'invalid-value', { says: ['value'] })
      await refused(store.set('key', null as never), 'invalid-value', { says: ['value'] })
      same(await allKeys(store), [], 'keys')
    },
  ),

  defineCase(
    'K2.gone-at-the-moment',
    'an entry with a ttl is readable until its last millisecond and gone at expiresAt, by every call',
    async ({ a, b, clock }) => {
      const store = a.keyValue('space')
      const began = clock.now()
      await store.set('key', 'value', { ttlMs: 1_000 })
      const entry = await b.keyValue('space').getEntry('key')
      equal(entry?.expiresAt, new Date(began + 1_000).toISOString(), 'expiresAt')
      clock.advance(999)
      equal(await store.get('key'), 'value', 'the value a millisecond before')
      same(await allKeys(store), ['key'], 'the keys a millisecond before')
      clock.advance(1)
      for (const each of [a, b]) {
        const there = each.keyValue('space')
        same(
          [await there.get('key'), await there.getEntry('key'), await there.getMany(['key']), await allKeys(there)],
          [null, null, [null], []],
          'what reads answer at expiresAt',
        )
        equal(await there.set('key', 'new', { revision: entry?.revision }), null, 'a set with the old revision')
        equal(await there.delete('key', { revision: entry?.revision }), false, 'a delete with the old revision')
        equal(await there.delete('key'), false, 'a delete')
        equal(await there.deleteMany(['key']), 0, 'entries that deleteMany removed')
      }
      ok(await store.set('key', 'next', { absent: true }), 'a set under the condition that it is absent')
      equal(await store.get('key'), 'next', 'the value set at expiresAt')
    },
  ),

  defineCase(
    'K2.set-decides-the-ttl',
    'a set without ttl removes it, one with another ttl counts from its own moment, and a lost condition changes none',
    async ({ a, b, clock }) => {
      const store = a.keyValue('space')
      await store.set('stays', 'value', { ttlMs: 1_000 })
      await store.set('longer', 'value', { ttlMs: 1_000 })
      await store.set('shorter', 'value', { ttlMs: 60_000 })
      await store.set('untouched', 'value', { ttlMs: 1_000 })
      clock.advance(500)
      await b.keyValue('space').set('stays', 'value')
      await b.keyValue('space').set('longer', 'value', { ttlMs: 1_000 })
      await b.keyValue('space').set('shorter', 'value', { ttlMs: 500 })
      equal(await store.set('untouched', 'other', { absent: true, ttlMs: 90_000 }), null, 'a set that lost')
      equal((await store.getEntry('stays'))?.expiresAt, null, 'the end of what has no ttl')
      clock.advance(500)
      same(
        await store.getMany(['stays', 'longer', 'shorter', 'untouched']),
        ['value', 'value', null, null],
        'values half a second later',
      )
      clock.advance(500)
      same(await store.getMany(['stays', 'longer']), ['value', null], 'values a second later')
      clock.advance(50 * 365 * 86_400_000)
      equal(await store.get('stays'), 'value', 'the value after fifty years')
    },
  ),

  defineCase(
    'K2.whatever-the-sweeper-does',
    'sweeping removes what has expired and nothing else, and changes no answer',
    async ({ a, b, clock }) => {
      const store = a.keyValue('space')
      for (let index = 0; index < 30; index++) await store.set(`short-${index}`, 'value', { ttlMs: 1_000 })
      await store.set('long', 'value', { ttlMs: 5_000 })
      await store.set('stays', 'value')
      equal(await a.sweep(), 0, 'entries swept before any has expired')
      clock.advance(1_000)
      equal((await allKeys(store)).length, 2, 'keys before the sweep')
      equal(await b.sweep({ limit: 20 }), 20, 'entries swept up to the limit')
      equal(await b.sweep({ limit: 20 }), 10, 'entries swept of the rest')
      equal(await b.sweep(), 0, 'entries swept of none')
      same(await store.getMany(['long', 'stays', 'short-0']), ['value', 'value', null], 'values after the sweep')
      await refused(a.sweep({ limit: 0 }), 'invalid-query', { says: ['limit'] })
    },
  ),

  defineCase(
    'K2.refused-options',
    'a ttl that is no whole number of milliseconds above 0, and options that nobody knows, are refused by name',
    async ({ a }) => {
      const store = a.keyValue('space')
      for (const ttlMs of [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, '1000', null])
        await refused(store.set('key', 'value', { ttlMs } as never), 'invalid-value', { says: ['ttlMs'] })
      await refused(store.set('key', 'value', { ttl: 5 } as never), 'invalid-query', { says: ['ttl'] })
      await refused(store.delete('key', { absent: true } as never), 'invalid-query', { says: ['absent'] })
      await refused(store.set('key', 'value', { revision: 'x', absent: true } as never), 'invalid-value', {
        says: ['revision', 'absent'],
      })
      equal(await store.get('key'), null, 'the value')
    },
  ),

  defineCase(
    'K2.expired-key-has-one-heir',
    'of racers that set an expired key under the condition that it is absent one wins',
    async ({ a, clock, race, racers, rounds }) => {
      for (let round = 0; round < rounds; round++) {
        await a.keyValue('space').set('key', 'old', { ttlMs: 1_000 })
        clock.advance(1_000)
        const results = await race(racers, async (storage, index) => {
          const revision = await storage.keyValue('space').set('key', `racer-${index}`, { absent: true })
          return revision === null ? null : `racer-${index}`
        })
        const winners = allWon(results).filter((winner) => winner !== null)
        equal(winners.length, 1, 'winners')
        equal(await a.keyValue('space').get('key'), winners[0] ?? '', 'the value')
        await a.keyValue('space').delete('key')
      }
    },
    { race: true },
  ),
]

export async function allKeys(store: KeyValueStore, prefix?: string): Promise<string[]> {
  const keys: string[] = []
  for await (const key of store.keys(prefix === undefined ? undefined : { prefix })) keys.push(key)
  return keys
}
