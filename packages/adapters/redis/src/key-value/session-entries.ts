import { refuse } from '@portolan/adapter-kit'
import type { KeyValueItem } from '@portolan/ports'
import type { Keyspace } from '../keys.ts'
import { type Addressing, addressing, noEntries } from './addressing.ts'
import { changesAt } from './changes.ts'
import type { EntriesPart, KeysPage, SeenEntry, SeenKeys } from './part.ts'

/** What one namespace is to a transaction. */
interface OwnSpace {
  /** The generation that its clear begins; null: not cleared. */
  cleared: string | null
  /** Written since; null: removed. */
  readonly own: Map<string, KeyValueItem | null>
  /** As first read: the revision, null where there was none. */
  readonly seen: Map<string, string | null>
  readonly pages: { readonly page: KeysPage; readonly digest: string }[]
}

/**
 * What a transaction has read and written of key-value. Its writes are kept here until the commit; whatever it read, absent entries
 * and pages of keys as well, must at its end still be as it was read first.
 */
export interface SessionEntries {
  readonly hasRead: boolean
  readonly hasWritten: boolean
  space(namespace: string): Readonly<Pick<OwnSpace, 'cleared' | 'own'>>
  remember(namespace: string, key: string, revision: string | null): void
  rememberPage(namespace: string, page: KeysPage, digest: string): void
  write(namespace: string, key: string, entry: KeyValueItem | null): void
  clear(namespace: string, generation: string): void
  /** What must be found unchanged, and what is asked besides. */
  checks(keyspace: Keyspace, ask?: (at: Addressing) => Parameters<Addressing['part']>[0]['asked']): EntriesPart
  /** What must be found unchanged, and what is written then. */
  changes(keyspace: Keyspace): EntriesPart
}

/** Entries that one transaction may have read, and entries that it may have written. */
const maximumEntries = 10_000
/** Bytes of values, counted as three for each code unit, that one transaction may hold until its commit. */
const maximumBytes = 32 * 1024 * 1024

export function sessionEntries(entity: string): SessionEntries {
  const spaces = new Map<string, OwnSpace>()
  let seen = 0
  let written = 0
  let bytes = 0
  const spaceOf = (namespace: string): OwnSpace => {
    const space = spaces.get(namespace) ?? { cleared: null, own: new Map(), seen: new Map(), pages: [] }
    spaces.set(namespace, space)
    return space
  }
  const count = (): void => {
    if (++seen <= maximumEntries) return
    const message = `${entity}: this transaction has read more than ${maximumEntries.toLocaleString('en')} entries, which it would have to remember; read fewer, or outside it`
    refuse('query-too-broad', message, { entity, limit: maximumEntries })
  }
  const tooLarge = (what: string, limit: number, actual: number): never =>
    refuse('too-large', `${entity}: ${actual} ${what} in one transaction are more than this store takes (${limit})`, {
      entity,
      limit,
      actual,
    })

  const seenIn = (at: Addressing): (SeenEntry | SeenKeys)[] => {
    const all: (SeenEntry | SeenKeys)[] = []
    for (const [namespace, space] of spaces) {
      for (const [key, revision] of space.seen)
        all.push([at.space(namespace), at.entry(namespace, key), revision ?? false])
      for (const { page, digest } of space.pages) all.push([at.space(namespace), page, digest])
    }
    return all
  }

  return {
    get hasRead() {
      return seen > 0
    },
    get hasWritten() {
      return [...spaces.values()].some(({ cleared, own }) => cleared !== null || own.size > 0)
    },
    space: spaceOf,
    remember(namespace, key, revision) {
      const space = spaceOf(namespace)
      if (space.seen.has(key)) return
      count()
      space.seen.set(key, revision)
    },
    rememberPage(namespace, page, digest) {
      count()
      spaceOf(namespace).pages.push({ page, digest })
    },
    write(namespace, key, entry) {
      const { own } = spaceOf(namespace)
      const earlier = own.get(key)
      const more = sizeOf(key, entry) - (earlier === undefined ? 0 : sizeOf(key, earlier))
      if (bytes + more > maximumBytes) tooLarge('bytes of key-value entries', maximumBytes, bytes + more)
      if (earlier === undefined && written === maximumEntries)
        tooLarge('key-value entries', maximumEntries, written + 1)
      if (earlier === undefined) written++
      bytes += more
      own.set(key, entry)
    },
    clear(namespace, generation) {
      const space = spaceOf(namespace)
      written -= space.own.size
      for (const [key, entry] of space.own) bytes -= sizeOf(key, entry)
      space.own.clear()
      space.cleared = generation
    },
    checks(keyspace, ask) {
      if (seen === 0 && ask === undefined) return noEntries
      const at = addressing(keyspace)
      return at.part({ seen: seenIn(at), asked: ask?.(at) ?? [] })
    },
    changes(keyspace) {
      if (spaces.size === 0) return noEntries
      const at = addressing(keyspace)
      const changes = changesAt(at)
      for (const [namespace, { cleared, own }] of spaces) {
        if (cleared !== null) changes.clear(namespace, cleared)
        for (const [key, entry] of own) {
          const ends = entry?.expiresAt ? String(Date.parse(entry.expiresAt)) : false
          if (entry) changes.set(namespace, { key, revision: entry.revision, value: entry.value, ends }, false)
          else changes.delete(namespace, key, null)
        }
      }
      return at.part({ seen: seenIn(at), changes: changes.list })
    },
  }
}

function sizeOf(key: string, entry: KeyValueItem | null): number {
  return (key.length + (entry?.value.length ?? 0)) * 3
}
