import { component } from '../encoding/members.ts'
import type { Keyspace } from '../keys.ts'
import type { EntriesMessage, EntriesPart, Space } from './part.ts'

/** Numbers namespaces and keys while a part is put together, each once. */
export interface Addressing {
  space(namespace: string): number
  entry(namespace: string, key: string): number
  /** Where the list of keys goes that a clear begins this generation with. */
  cleared(generation: string): number
  part(given: {
    readonly seen?: EntriesMessage[2]
    readonly asked?: EntriesMessage[3]
    readonly changes?: EntriesMessage[4]
  }): EntriesPart
}

export function addressing(keyspace: Keyspace): Addressing {
  const keys = [keyspace.expiries(), keyspace.cleared()]
  const places = new Map<string, number>()
  const spaces: Space[] = []
  const numbers = new Map<string, number>()
  const place = (key: string): number => {
    const known = places.get(key)
    if (known !== undefined) return known
    const fresh = keys.push(key)
    places.set(key, fresh)
    return fresh
  }
  return {
    space(namespace) {
      const known = numbers.get(namespace)
      if (known !== undefined) return known
      const fresh = spaces.push([
        place(keyspace.namespace(namespace)),
        place(keyspace.entries(namespace)),
        expiryPrefix(namespace),
      ])
      numbers.set(namespace, fresh)
      return fresh
    },
    entry: (namespace, key) => place(keyspace.entry(namespace, key)),
    cleared: (generation) => place(keyspace.clearedEntries(generation)),
    part: ({ seen = [], asked = [], changes = [] }) => ({ keys, message: [keys.length, spaces, seen, asked, changes] }),
  }
}

/** No call has key-value in it. */
export const noEntries: EntriesPart = { keys: [], message: [0, [], [], [], []] }

/** Members of `{tag}:x` are this and the key. */
export function expiryPrefix(namespace: string): string {
  return component(namespace)
}

/** The namespace and key of a member of `{tag}:x`; null for what was not put there by us. */
export function expiryOf(member: string): { readonly namespace: string; readonly key: string } | null {
  const end = member.indexOf('\0')
  if (!member.startsWith('\u0002') || end < 0) return null
  return { namespace: member.slice(1, end), key: member.slice(end + 1) }
}
