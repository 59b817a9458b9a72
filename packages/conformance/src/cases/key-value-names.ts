import { equal, ok, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { declared } from '../needs.ts'
import { allKeys } from './key-value.ts'

const long = 'k'.repeat(10_000)

/** Namespaces and keys that run into each other where they are joined, quoted, matched or folded carelessly. */
const pairs: readonly (readonly [namespace: string, key: string])[] = [
  ['a', 'b'],
  ['a:b', 'c'],
  ['a', 'b:c'],
  ['a:', 'b:c'],
  ['a', ':b:c'],
  ['1:a', '1:b'],
  ['a/b', 'c'],
  ['a', 'b/c'],
  ['a.b', 'c'],
  ['a"b', "c'd"],
  ["a'b", 'c"d'],
  ['a\\', 'b'],
  ['a', '\\b'],
  ['a\\b', 'c\\'],
  ['A', 'b'],
  ['a', 'B'],
  ['a ', 'b'],
  ['a', ' b'],
  [' a', 'b '],
  ['a\n', 'b'],
  ['a\t', '\tb'],
  ['%', '_'],
  ['_', '%'],
  ['%a%', 'b'],
  ['*', '?'],
  ['{a}', '{b}'],
  ['[a]', '[b]'],
  ['$a', '$b'],
  ['é', 'e\u0301'],
  ['e\u0301', 'é'],
  ['\u{1f9ed}', '\u{1f9ed}'],
  ['__proto__', 'constructor'],
  ['constructor', '__proto__'],
  ['toString', 'hasOwnProperty'],
  ['null', 'undefined'],
  ['0', '00'],
  ['00', '0'],
  ['a', long],
  ['a', `${long}x`],
  ['a', `${long.slice(1)}x`],
  ['ab', long],
]

/** K4 and K5. */
export const keyValueNameCases: readonly Case[] = [
  defineCase(
    'K4.names-never-collide',
    'namespaces and keys of any text are entries of their own: none overwrites, hides or deletes another',
    async ({ a, b }) => {
      for (const [index, [namespace, key]] of pairs.entries())
        ok(await a.keyValue(namespace).set(key, `value-${index}`, { absent: true }), `pair ${index} was there already`)
      for (const [index, [namespace, key]] of pairs.entries())
        equal(await b.keyValue(namespace).get(key), `value-${index}`, `the value of pair ${index}`)
      for (const [index, [namespace, key]] of pairs.entries()) {
        equal(await a.keyValue(namespace).delete(key), true, `pair ${index} could be deleted`)
        for (const [other, [there, name]] of pairs.entries())
          if (other > index && (other === index + 1 || there === namespace))
            ok((await b.keyValue(there).get(name)) !== null, `deleting pair ${index} removed pair ${other}`)
      }
    },
  ),

  defineCase('K4.clear-and-keys-stay-inside', 'clear and keys touch their namespace alone', async ({ a, b }) => {
    for (const [namespace, key] of pairs) await a.keyValue(namespace).set(key, 'value')
    const namespaces = [...new Set(pairs.map(([namespace]) => namespace))]
    const keysOf = (namespace: string) => pairs.flatMap(([each, key]) => (each === namespace ? [key] : [])).sort()
    for (const namespace of namespaces)
      same((await allKeys(b.keyValue(namespace))).sort(), keysOf(namespace), 'the keys of a namespace')
    const cleared = new Set<string>()
    for (const namespace of namespaces) {
      await a.keyValue(namespace).clear()
      cleared.add(namespace)
      for (const other of namespaces)
        equal(
          (await allKeys(b.keyValue(other))).length,
          cleared.has(other) ? 0 : keysOf(other).length,
          'keys after a clear',
        )
    }
  }),

  defineCase(
    'K4.prefixes-are-plain-text',
    'keys by prefix takes every sign in the prefix for itself, and capitals for capitals',
    async ({ a }) => {
      const store = a.keyValue('space')
      const keys = [
        'a',
        'ab',
        'a%',
        'a%b',
        'a_',
        'a_c',
        'aXc',
        'a\\',
        'a\\%',
        'a*',
        'a*b',
        'a[b',
        'a?',
        'A',
        'Ab',
        'é',
        'e\u0301',
        '\u{1f9ed}x',
        ' a',
        long,
      ]
      for (const key of keys) await store.set(key, 'value')
      for (const prefix of [
        '',
        'a',
        'a%',
        'a_',
        'a\\',
        'a*',
        'a[',
        'a?',
        '%',
        '_',
        'A',
        'e',
        'é',
        '\u{1f9ed}',
        ' ',
        'kk',
        `${long}`,
        `${long}k`,
      ])
        same(
          (await allKeys(store, prefix)).sort(),
          keys.filter((key) => key.startsWith(prefix)).sort(),
          'keys of a prefix',
        )
    },
  ),

  defineCase(
    'K4.keys-in-transactions',
    'a clear in a transaction is undone with it, and seen by it',
    async ({ a, b }) => {
      const store = a.keyValue('space')
      await store.set('one', '1')
      await b.keyValue('other').set('one', '1')
      const call = a.transaction(async (tx) => {
        await tx.keyValue('space').clear()
        same(await allKeys(tx.keyValue('space')), [], 'keys after the clear, inside')
        await tx.keyValue('space').set('two', '2')
        same(await allKeys(tx.keyValue('space')), ['two'], 'keys after a set, inside')
        throw new Error('rolled back')
      })
      await call.catch(() => undefined)
      same(await allKeys(b.keyValue('space')), ['one'], 'keys after the rollback')
      await a.transaction(async (tx) => {
        await tx.keyValue('space').clear()
        await tx.keyValue('space').set('two', '2')
      })
      same(await allKeys(b.keyValue('space')), ['two'], 'keys after the commit')
      equal(await b.keyValue('other').get('one'), '1', 'the value in another namespace')
    },
    { skip: declared('transactions') },
  ),

  defineCase(
    'K5.clear-is-one-moment',
    'a reader of many keys during a clear finds all of them or none',
    async ({ a, b, rounds }) => {
      const keys = Array.from({ length: 300 }, (_, index) => `key-${index}`)
      const few = Math.min(rounds, 10)
      for (let round = 0; round < few; round++) {
        await a.transaction(
          async (tx) => {
            for (const key of keys) await tx.keyValue('space').set(key, 'value')
          },
          { timeoutMs: 60_000 },
        )
        let cleared = false
        const reading = (async () => {
          for (let more = true; more; ) {
            more = !cleared
            const there = (await b.keyValue('space').getMany(keys)).filter((value) => value !== null).length
            ok(there === 0 || there === keys.length, `a reader found ${there} of ${keys.length} entries`)
          }
        })()
        const clearing = a
          .keyValue('space')
          .clear()
          .finally(() => {
            cleared = true
          })
        await Promise.all([reading, clearing])
        same(await allKeys(b.keyValue('space')), [], 'keys after the clear')
      }
    },
    { race: true, skip: declared('transactions') },
  ),

  defineCase(
    'K5.clear-is-one-operation',
    'a clear is one operation, however many entries the namespace and others hold',
    async (world) => {
      const operations: string[] = []
      const { storage } = await world.open({
        onOperation: (event) => operations.push((event as { operation: string }).operation),
      })
      const many = Array.from({ length: 1_500 }, (_, index) => index)
      for (let from = 0; from < many.length; from += 100)
        await Promise.all(
          many
            .slice(from, from + 100)
            .map((index) => storage.keyValue(index % 2 ? 'space' : 'other').set(`${index}`, 'v')),
        )
      operations.length = 0
      await storage.keyValue('space').clear()
      equal(operations.length, 1, `operations of a clear (${operations.join(', ')})`)
      equal((await allKeys(storage.keyValue('space'))).length, 0, 'keys left')
      equal((await allKeys(storage.keyValue('other'))).length, 750, 'keys of the other namespace')
    },
  ),

  defineCase(
    'K5.cleared-keys-are-absent',
    'after a clear every key is absent, for conditions as well, and what is set then stays',
    async ({ a, b }) => {
      const store = a.keyValue('space')
      const revision = (await store.set('key', 'old', { ttlMs: 60_000 })) ?? ''
      await b.keyValue('space').clear()
      equal(await store.set('key', 'x', { revision }), null, 'a set on the revision from before the clear')
      equal(await store.delete('key'), false, 'a delete of what was cleared')
      ok(await store.set('key', 'new', { absent: true }), 'a set of what is absent')
      equal(await b.keyValue('space').get('key'), 'new', 'the value set after the clear')
      await b.keyValue('empty').clear()
    },
  ),
]
