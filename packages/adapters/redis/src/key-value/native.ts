import type { NativeKeyValue } from '@portolan/adapter-kit'
import type { KeyValueItem } from '@portolan/ports'
import type { Engine, Session } from '../engine.ts'
import { entriesInSession } from './in-session.ts'
import { entryReading } from './lone-reads.ts'
import { entryWriting } from './lone-writes.ts'
import { lookAtKeys } from './looks.ts'
import { rangeOf, readPage } from './pages.ts'
import type { Condition } from './part.ts'
import type { OwnEntry } from './session-entries.ts'

/** Keys that one script removes: it stops the server meanwhile, for some 20 ms. */
const maximumKeys = 5_000

/** Entries as Redis has them: a key each. What the kit would do with rows costs several times as much. */
export function keyValueOn(engine: Engine): NativeKeyValue<Session> {
  const read = entryReading(engine)
  const write = entryWriting(engine)
  const inside = (session: Session, deadline: number) => entriesInSession(engine, read, session, deadline)

  return {
    async getMany(namespace, keys, { session, deadline }) {
      const found = session
        ? await inside(session, deadline).getMany(namespace, keys)
        : await read({ namespace, keys }, deadline)
      return found.map(itemOf)
    },
    async set(plan, { session, deadline }) {
      if (session) return await inside(session, deadline).set(plan)
      const { condition, ...rest } = plan
      const given: Condition = condition === null ? false : condition === 'absent' ? 1 : condition.revision
      const { done, revision } = await write.set({ kind: 'set', ...rest, condition: given }, deadline)
      return done === 1 ? revision : null
    },
    async delete(plan, { session, deadline }) {
      if (session) return await inside(session, deadline).delete(plan)
      const { namespace, key, revision } = plan
      const { done } = await write.remove({ kind: 'delete', namespace, keys: [key], revision }, deadline)
      return done === 1
    },
    async deleteMany(namespace, keys, { session, deadline }) {
      if (session) return await inside(session, deadline).deleteMany(namespace, keys)
      let removed = 0
      for (let from = 0; from < keys.length; from += maximumKeys) {
        const some = keys.slice(from, from + maximumKeys)
        removed += (await write.remove({ kind: 'delete', namespace, keys: some, revision: null }, deadline)).done
      }
      return removed
    },
    async clear(namespace, { session, deadline }) {
      if (session) inside(session, deadline).clear(namespace)
      else await write.remove({ kind: 'clear', namespace }, deadline)
    },
    async keys(plan, { session, deadline }) {
      if (session) return await inside(session, deadline).keys(plan)
      return readPage(await lookAtKeys(engine, plan.namespace, rangeOf(plan), deadline)).page
    },
    sweep: (limit, { deadline }) => write.sweep(limit, deadline),
  }
}

function itemOf(entry: OwnEntry | null): KeyValueItem | null {
  if (entry === null) return null
  const { value, revision, endsAt } = entry
  return { value, revision, expiresAt: endsAt === null ? null : new Date(endsAt).toISOString() }
}
