import { sendInTime } from '../call.ts'
import type { Engine } from '../engine.ts'
import { setEntries } from '../scripts/set-entries.ts'
import { expiryPrefix } from './addressing.ts'
import type { LoneWrite } from './lone-writes.ts'

export type LoneSet = Extract<LoneWrite, { readonly kind: 'set' }>

/** Whether `setEntries` can do them: whatever is there, in one namespace, ending at one moment if at all. */
export function arePlain(sets: readonly LoneSet[]): boolean {
  const [first] = sets
  return sets.every(
    ({ condition, namespace, ttlMs }) => condition === false && namespace === first?.namespace && ttlMs === first.ttlMs,
  )
}

/** Such sets in one round trip, with these revisions. False: nothing was done, the namespace has never been written to. */
export async function setPlainly(
  { connection, keyspace, clock }: Engine,
  sets: readonly LoneSet[],
  {
    id,
    revisions,
    deadline,
  }: { readonly id: string; readonly revisions: readonly string[]; readonly deadline: number },
): Promise<boolean> {
  const { namespace = '', ttlMs = null } = sets[0] ?? {}
  const keys = [keyspace.namespace(namespace), keyspace.entries(namespace), keyspace.expiries(), keyspace.operation(id)]
  const given: string[] = []
  for (const [index, { key, value }] of sets.entries()) {
    keys.push(keyspace.entry(namespace, key))
    given.push(key, `${revisions[index]} ${value}`)
  }
  const ends = ttlMs === null ? '' : String(ttlMs)
  const prefix = expiryPrefix(namespace)
  const askedAt = performance.now()
  const reply = await sendInTime(connection, deadline, (notAfter) => {
    const now = clock ? String(clock()) : ''
    return connection.run(
      setEntries,
      keys,
      [now, notAfter === false ? '' : String(notAfter), ends, prefix, ...given],
      deadline,
    )
  })
  if (typeof reply !== 'number') return false
  connection.learnClock(reply, askedAt)
  return true
}
