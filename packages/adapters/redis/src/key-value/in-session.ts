import { randomUUID } from 'node:crypto'
import {
  compareText,
  type DeleteEntryPlan,
  type KeysPlan,
  type KeysPage as PageOfKeys,
  type SetEntryPlan,
} from '@portolan/adapter-kit'
import type { KeyValueItem } from '@portolan/ports'
import type { Engine, Session } from '../engine.ts'
import { type EntryLooks, entryLooks } from './looks.ts'
import { rangeOf, rangeUntil, readPage } from './pages.ts'
import { hasEnded } from './stored-entry.ts'

/** Calls of a transaction: the store's answers with its own writes over them. Nothing is written before the commit. */
export interface EntriesInSession {
  getMany(namespace: string, keys: readonly string[]): Promise<(KeyValueItem | null)[]>
  set(plan: SetEntryPlan): Promise<string | null>
  delete(plan: DeleteEntryPlan): Promise<boolean>
  deleteMany(namespace: string, keys: readonly string[]): Promise<number>
  clear(namespace: string): void
  keys(plan: KeysPlan): Promise<PageOfKeys>
}

export function entriesInSession(
  engine: Engine,
  readLone: EntryLooks['entries'],
  session: Session,
  deadline: number,
): EntriesInSession {
  const { entries } = session
  const looks = entryLooks(engine, readLone, session, deadline)

  const isOver = async (entry: KeyValueItem): Promise<boolean> =>
    entry.expiresAt !== null && hasEnded(entry, await looks.now())

  const ownOf = async (namespace: string, key: string): Promise<KeyValueItem | null | undefined> => {
    const { own, cleared } = entries.space(namespace)
    const entry = own.get(key)
    if (entry) return (await isOver(entry)) ? null : entry
    return entry === undefined && cleared === null ? undefined : null
  }

  const getMany: EntriesInSession['getMany'] = async (namespace, keys) => {
    const own = new Map<string, KeyValueItem | null>()
    const others: string[] = []
    for (const key of new Set(keys)) {
      const entry = await ownOf(namespace, key)
      if (entry === undefined) others.push(key)
      else own.set(key, entry)
    }
    if (others.length > 0) {
      const found = await looks.entries({ namespace, keys: others }, deadline)
      for (const [index, key] of others.entries()) {
        const entry = found[index] ?? null
        entries.remember(namespace, key, entry?.revision ?? null)
        own.set(key, entry)
      }
    }
    return keys.map((key) => own.get(key) ?? null)
  }

  const removeOf = async (namespace: string, keys: readonly string[], revision: string | null): Promise<number> => {
    const found = await getMany(namespace, keys)
    const there = keys.filter(
      (_, index) => found[index] && (revision ?? found[index].revision) === found[index].revision,
    )
    for (const key of there) entries.write(namespace, key, null)
    return there.length
  }

  return {
    getMany,
    async set({ namespace, key, value, ttlMs, condition }) {
      if (condition !== null) {
        const [there] = await getMany(namespace, [key])
        if (condition === 'absent' ? there : there?.revision !== condition.revision) return null
      }
      const revision = randomUUID()
      const expiresAt = ttlMs === null ? null : new Date((await looks.now()) + ttlMs).toISOString()
      entries.write(namespace, key, { value, revision, expiresAt })
      return revision
    },
    async delete({ namespace, key, revision }) {
      return (await removeOf(namespace, [key], revision)) > 0
    },
    deleteMany: (namespace, keys) => removeOf(namespace, [...new Set(keys)], null),
    clear: (namespace) => entries.clear(namespace, randomUUID()),

    async keys(plan) {
      const { namespace, prefix, after } = plan
      const { cleared, own } = entries.space(namespace)
      let stored: PageOfKeys = { keys: [], next: null }
      if (cleared === null) {
        const range = rangeOf(plan)
        const { page, digest } = readPage(await looks.keys(namespace, range))
        entries.rememberPage(namespace, rangeUntil(range, page.next), digest)
        stored = page
      }
      const mine: string[] = []
      for (const [key, entry] of own) {
        const within =
          key.startsWith(prefix) &&
          (after === null || compareText(after, key) < 0) &&
          (stored.next === null || compareText(key, stored.next) <= 0)
        if (within && entry && !(await isOver(entry))) mine.push(key)
      }
      const keys = [...stored.keys.filter((key) => !own.has(key)), ...mine].sort(compareText)
      return { keys, next: stored.next }
    },
  }
}
