import type { NativeKeyValue } from '@portolan/adapter-kit'
import type { Engine, Session } from '../engine.ts'
import { entriesInSession } from './in-session.ts'
import { entryReading } from './lone-reads.ts'
import { entryWriting } from './lone-writes.ts'
import { lookAtKeys } from './looks.ts'
import { rangeOf, readPage } from './pages.ts'
import type { Condition } from './part.ts'

/** Keys that one script removes: it stops the server meanwhile, for some 20 ms. */
const maximumKeys = 5_000

/** Entries as Redis has them: a key each. What the kit would do with rows costs several times as much. */
export function keyValueOn(engine: Engine): NativeKeyValue<Session> {
  const read = entryReading(engine)
  const write = entryWriting(engine)
  const inside = (session: Session, deadline: number) => entriesInSession(engine, read, session, deadline)

  return {
    getMany: (namespace, keys, { session, deadline }) =>
      session ? inside(session, deadline).getMany(namespace, keys) : read({ namespace, keys }, deadline),
    set(plan, { session, deadline }) {
      if (session) return inside(session, deadline).set(plan)
      const { namespace, key, value, ttlMs, condition } = plan
      const given: Condition = condition === null ? false : condition === 'absent' ? 1 : condition.revision
      return write.set({ kind: 'set', namespace, key, value, ttlMs, condition: given }, deadline)
    },
    async delete(plan, { session, deadline }) {
      if (session) return await inside(session, deadline).delete(plan)
      const { namespace, key, revision } = plan
      return (await write.remove({ kind: 'delete', namespace, keys: [key], revision }, deadline)) === 1
    },
    async deleteMany(namespace, keys, { session, deadline }) {
      if (session) return await inside(session, deadline).deleteMany(namespace, keys)
      let removed = 0
      for (let from = 0; from < keys.length; from += maximumKeys) {
        const some = keys.slice(from, from + maximumKeys)
        removed += await write.remove({ kind: 'delete', namespace, keys: some, revision: null }, deadline)
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
