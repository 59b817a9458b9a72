import {
  type Changes,
  type ClaimPlan,
  type CountPlan,
  type DeleteManyPlan,
  type DeletePlan,
  type InsertPlan,
  matches,
  type Order,
  type Predicate,
  type Reads,
  type Scalar,
  type SelectPlan,
  type StoredRow,
  type UpdateManyPlan,
  type UpdatePlan,
} from '@portolan/adapter-kit'

/**
 * What the driver must do, said as plainly as possible: one list of rows, copied whole for a snapshot, looked through whole for
 * every question. Shares nothing with the driver but the kit's types and its own evaluation of predicates.
 */
export interface NaiveSession {
  readonly reads: Reads
  snapshot: Map<string, StoredRow> | null
  readonly overlay: Map<string, StoredRow | null>
  readonly bases: Map<string, StoredRow | undefined>
}

export type Action =
  | { readonly call: 'select'; readonly plan: SelectPlan }
  | { readonly call: 'count'; readonly plan: CountPlan }
  | { readonly call: 'insert'; readonly plan: InsertPlan }
  | { readonly call: 'update'; readonly plan: UpdatePlan }
  | { readonly call: 'updateMany'; readonly plan: UpdateManyPlan }
  | { readonly call: 'delete'; readonly plan: DeletePlan }
  | { readonly call: 'deleteMany'; readonly plan: DeleteManyPlan }
  | { readonly call: 'claim'; readonly plan: ClaimPlan }

type Outcome = { readonly kind: string; [more: string]: unknown }

class Conflict extends Error {}

export class NaiveDatabase {
  #rows = new Map<string, StoredRow>()
  readonly #now: string

  constructor(now: string) {
    this.#now = now
  }

  begin(reads: Reads): NaiveSession {
    return { reads, snapshot: null, overlay: new Map(), bases: new Map() }
  }

  run(session: NaiveSession | null, action: Action): unknown {
    const own = session ?? this.begin('latest')
    if (own.reads === 'snapshot') own.snapshot ??= new Map(this.#rows)
    const before = [new Map(own.overlay), new Map(own.bases)] as const
    try {
      const outcome = this.#perform(own, action)
      if (refused.includes((outcome as Outcome).kind)) restore(own, before)
      if (!session) this.end(own, 'commit')
      return outcome
    } catch (error) {
      if (!(error instanceof Conflict)) throw error
      restore(own, before)
      return 'transaction-conflict'
    }
  }

  end(session: NaiveSession, how: 'commit' | 'roll back'): string {
    try {
      for (const [key, base] of session.bases) if (this.#rows.get(key) !== base) throw new Conflict()
      for (const row of session.overlay.values()) if (row && this.#collision(session, row)) throw new Conflict()
    } catch {
      return 'transaction-conflict'
    }
    if (how === 'roll back') return 'rolled back'
    for (const [key, row] of session.overlay) {
      if (row) this.#rows.set(key, row)
      else this.#rows.delete(key)
    }
    return 'committed'
  }

  #matches(predicate: Predicate | null, row: StoredRow): boolean {
    return predicate === null || matches(predicate, row, () => this.#now)
  }

  #visible(session: NaiveSession, scope: Scalar, strictly: boolean, test: (row: StoredRow) => boolean): StoredRow[] {
    const passes = (row: StoredRow | undefined): row is StoredRow =>
      row !== undefined && row.tenant === scope && test(row)
    const found: StoredRow[] = []
    for (const key of new Set([...this.#rows.keys(), ...(session.snapshot?.keys() ?? []), ...session.overlay.keys()])) {
      const own = session.overlay.get(key)
      const current = this.#rows.get(key)
      const seen = session.snapshot ? session.snapshot.get(key) : current
      if (own !== undefined) {
        if (own && passes(own)) found.push(own)
        continue
      }
      if (strictly && seen !== current && (passes(seen) || passes(current))) throw new Conflict()
      if (passes(seen)) found.push(seen)
    }
    return found
  }

  #rely(session: NaiveSession, row: StoredRow): void {
    const current = this.#rows.get(keyOf(row))
    if (!session.bases.has(keyOf(row))) session.bases.set(keyOf(row), current)
    else if (session.bases.get(keyOf(row)) !== current) throw new Conflict()
  }

  #perform(session: NaiveSession, action: Action): unknown {
    const { scope } = action.plan
    const matching = (where: Predicate, strictly: boolean): StoredRow[] =>
      this.#visible(session, scope, strictly, (row) => this.#matches(where, row))
    const byId = (id: Scalar): StoredRow | undefined => this.#visible(session, scope, true, (row) => row.id === id)[0]
    switch (action.call) {
      case 'select': {
        const { where, order, after, limit, offset, fields, lock } = action.plan
        const follows = (row: StoredRow): boolean => after === null || compare(order, row, positionOf(order, after)) > 0
        const test = (row: StoredRow): boolean => this.#matches(where, row) && follows(row)
        const rest = this.#visible(session, scope, lock, test).sort((left, right) => compare(order, left, right))
        const rows = rest.slice(offset, limit === null ? undefined : offset + limit)
        if (lock) for (const row of rows) this.#rely(session, row)
        return rows.map((row) => Object.fromEntries(fields.map((field) => [field, row[field]])))
      }
      case 'count':
        return matching(action.plan.where, false).length
      case 'insert':
        return this.#insert(session, action.plan)
      case 'update': {
        const row = byId(action.plan.id)
        if (!row) return { kind: action.plan.expect ? 'changed' : 'missing' }
        return this.#update(session, row, action.plan)
      }
      case 'updateMany': {
        const changed = matching(action.plan.where, true).map((row) => change(row, action.plan.set))
        const refusal = this.#write(session, scope, changed, null)
        return refusal ?? { kind: 'updated', count: changed.length, ids: changed.map((row) => row.id).sort() }
      }
      case 'delete': {
        const { id, expect, unless } = action.plan
        const row = byId(id)
        if (!row) return { kind: expect ? 'changed' : 'missing' }
        const refusal = this.#unmet(row, { ...action.plan, require: null })
        return refusal ?? this.#write(session, scope, [], unless, [row]) ?? { kind: 'deleted', row }
      }
      case 'deleteMany': {
        const rows = matching(action.plan.where, true)
        this.#write(session, scope, [], null, rows)
        return rows.length
      }
      case 'claim': {
        const { where, order, limit, set } = action.plan
        const rows = matching(where, true).sort((left, right) => compare(order, left, right))
        const changed = rows.slice(0, limit).map((row) => change(row, set))
        this.#write(session, scope, changed, null)
        return changed
      }
    }
  }

  #insert(session: NaiveSession, { rows, onDuplicate, scope, unless }: InsertPlan): unknown {
    const stored = rows as StoredRow[]
    const [first] = stored
    if (onDuplicate.kind !== 'report' && first) {
      const fields = onDuplicate.unique === 'id' ? ['id'] : (keys[onDuplicate.unique] ?? [])
      const same = (row: StoredRow): boolean => fields.every((field) => row[field] === first[field])
      const whole = fields.every((field) => first[field] !== null)
      const [holder, another] = whole ? this.#visible(session, scope, true, same) : []
      if (another) throw new Conflict()
      if (holder && onDuplicate.kind === 'return') return { kind: 'existing', row: holder }
      if (holder && onDuplicate.kind === 'update') {
        return this.#update(session, holder, { ...onDuplicate, expect: null, scope, unless })
      }
    }
    for (const { id = null } of stored) {
      if (this.#visible(session, scope, true, (row) => row.id === id)[0]) return { kind: 'duplicate', unique: 'id', id }
    }
    return this.#write(session, scope, stored, unless) ?? { kind: 'inserted', rows: stored }
  }

  #update(
    session: NaiveSession,
    row: StoredRow,
    plan: Conditions & { set: Changes; scope: string | null; unless: Predicate | null },
  ) {
    const refusal = this.#unmet(row, plan)
    if (refusal) return refusal
    const changed = change(row, plan.set)
    if (!Number.isSafeInteger(changed.count)) return { kind: 'out-of-range', id: row.id, field: 'count' }
    return this.#write(session, plan.scope, [changed], plan.unless) ?? { kind: 'updated', row: changed }
  }

  #unmet(row: StoredRow, { expect, require, version, where }: Conditions): Outcome | null {
    const id = row.id
    if (!this.#matches(expect, row)) return { kind: 'changed' }
    if (!this.#matches(require, row)) return { kind: 'invalid', id }
    if (version !== null && version !== row.version) return { kind: 'stale', id, actual: row.version }
    return this.#matches(where, row) ? null : { kind: 'condition', id, row: { ...row } }
  }

  #write(session: NaiveSession, scope: Scalar, rows: StoredRow[], unless: Predicate | null, removed: StoredRow[] = []) {
    for (const row of [...rows, ...removed]) {
      this.#rely(session, row)
      session.overlay.set(keyOf(row), removed.includes(row) ? null : row)
    }
    for (const row of rows) {
      const duplicate = this.#duplicate(session, row)
      if (duplicate) return duplicate
    }
    if (unless) {
      const written = [...rows, ...removed].map((row) => row.id)
      const blocking = this.#visible(session, scope, true, (row) => this.#matches(unless, row))
      const ids = blocking.map((row) => row.id).filter((id) => !written.includes(id ?? null))
      if (ids.length > 0) return { kind: 'unless', ids: ids.sort() }
    }
    for (const row of rows) {
      const overlap = this.#overlap(session, row)
      if (overlap) return overlap
    }
    return null
  }

  #collision(session: NaiveSession, row: StoredRow): Outcome | null {
    return this.#duplicate(session, row) ?? this.#overlap(session, row)
  }

  #duplicate(session: NaiveSession, row: StoredRow): Outcome | null {
    for (const [unique, fields] of Object.entries(keys)) {
      if (fields.some((field) => row[field] === null)) continue
      const same = (other: StoredRow): boolean =>
        other.id !== row.id && fields.every((field) => other[field] === row[field])
      const [holder, another] = this.#visible(session, row.tenant ?? null, true, same)
      if (another) throw new Conflict()
      if (holder) return { kind: 'duplicate', unique, id: holder.id }
    }
    return null
  }

  #overlap(session: NaiveSession, row: StoredRow): Outcome | null {
    if (row.status !== 'held') return null
    const meets = (other: StoredRow): boolean =>
      other.id !== row.id &&
      other.status === 'held' &&
      other.room === row.room &&
      String(other.from) < String(row.until) &&
      String(row.from) < String(other.until)
    const met = this.#visible(session, row.tenant ?? null, true, meets)
    return met.length === 0 ? null : { kind: 'overlap', rule: 'perRoom', ids: met.map((other) => other.id) }
  }
}

interface Conditions {
  readonly expect: Predicate | null
  readonly require: Predicate | null
  readonly version: number | null
  readonly where: Predicate | null
}

const keys: Record<string, readonly string[]> = { email: ['email'], place: ['room', 'label'] }
export const refused = ['changed', 'invalid', 'stale', 'condition', 'out-of-range', 'duplicate', 'unless', 'overlap']

function restore(
  session: NaiveSession,
  [overlay, bases]: readonly [Map<string, StoredRow | null>, Map<string, StoredRow | undefined>],
) {
  session.overlay.clear()
  for (const [key, row] of overlay) session.overlay.set(key, row)
  session.bases.clear()
  for (const [key, base] of bases) session.bases.set(key, base)
}

function keyOf(row: StoredRow): string {
  return `${row.tenant}/${row.id}`
}

function change(row: StoredRow, set: Changes): StoredRow {
  const changed: StoredRow = { ...row }
  for (const [field, value] of Object.entries(set)) {
    changed[field] =
      typeof value === 'object' && value !== null
        ? 'increment' in value
          ? Number(row[field]) + value.increment
          : null
        : value
  }
  return changed
}

function positionOf(order: readonly Order[], after: readonly Scalar[]): StoredRow {
  return Object.fromEntries(order.map(({ field }, index) => [field, after[index] ?? null]))
}

function compare(order: readonly Order[], left: StoredRow, right: StoredRow): number {
  for (const { field, direction } of order) {
    const difference = compareValues(left[field] ?? null, right[field] ?? null)
    if (difference !== 0) return direction === 'asc' ? difference : -difference
  }
  return 0
}

function compareValues(left: Scalar, right: Scalar): number {
  if (left === right) return 0
  if (left === null) return -1
  if (right === null) return 1
  if (typeof left !== 'string' || typeof right !== 'string') return Number(left) - Number(right)
  const [a, b] = [Array.from(left), Array.from(right)]
  const at = a.findIndex((character, index) => character !== b[index])
  if (at === -1) return -1
  return (a[at]?.codePointAt(0) ?? 0) - (b[at]?.codePointAt(0) ?? -1)
}
