import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keyspace } from '../src/keys.ts'

const name = fc.string({ unit: 'binary', minLength: 1 })

test('each key holds one hash tag, that of its storage', () => {
  fc.assert(
    fc.property(name, name, name, (prefix, partition, part) => {
      const keys = keyspace(prefix, partition)
      for (const key of [keys.definition(part), keys.entry(part, '}{'), keys.guard(part), keys.entries(part)])
        expect(/\{([^}]+)\}/.exec(key)?.[0]).toBe(keys.tag)
    }),
  )
})

test('no two names run into each other', () => {
  fc.assert(
    fc.property(fc.tuple(name, name), fc.tuple(name, name), (one, other) => {
      const { entry } = keyspace('portolan', null)
      expect(entry(...one) === entry(...other)).toBe(one[0] === other[0] && one[1] === other[1])
      expect(keyspace(...one).tag === keyspace(...other).tag).toBe(one[0] === other[0] && one[1] === other[1])
      expect(keyspace(one[0], null).tag).not.toBe(keyspace(...other).tag)
    }),
  )
})

test('a prefix or partition that could be no tag is refused', () => {
  for (const bad of ['', '\ud800']) {
    expect(() => keyspace(bad, null)).toThrow(/prefix/)
    expect(() => keyspace('p', bad)).toThrow(/partition/)
  }
})
