import { matchesFilter, sorted } from './reference-order.ts'
import type { Booking, BookingStatus } from './standard-entities.ts'

/** The reference model of bookings in one scope: a map and the clauses, written plainly, with no thought of speed or races. */
export interface Model {
  readonly rows: Map<string, Booking>
  readonly tenantId: string
  /** Whether the adapter keeps overlap rules. */
  readonly overlap: boolean
}

export type Values = Pick<Booking, 'id' | 'roomId' | 'startsAt' | 'endsAt' | 'status' | 'guests' | 'idempotencyKey'>
export type Patch = Partial<Omit<Values, 'id' | 'guests'>> & {
  readonly guests?: number | { readonly increment: number }
}
export interface Conditions {
  readonly version?: number
  readonly where?: object
  readonly unless?: object
}

/** What a call must do: give this back, or refuse with the code and name one of these rows. */
export type Expected = { readonly value: unknown } | { readonly code: string; readonly ids: readonly string[] }

const value = (given: unknown): Expected => ({ value: given })
const live: readonly BookingStatus[] = ['requested', 'confirmed', 'in_progress']

export function insertAll(model: Model, all: readonly Values[], now: string, { unless }: Conditions = {}): Expected {
  if (all.length > 1 && model.rows.size > 0) {
    // Rows of one call that exclude each other are refused before anything is looked up.
    const alone = insertAll({ ...model, rows: new Map() }, all, now)
    if ('code' in alone) return alone
  }
  const made = all.map((values) => newRow(model, values, now))
  const rows = [...model.rows.values(), ...made]
  const colliding = made.flatMap((row) =>
    rows.filter((other) => other !== row && (other.id === row.id || sameKey(other, row))).map(({ id }) => id),
  )
  if (colliding.length > 0) return { code: 'duplicate', ids: colliding }
  if (unless) {
    const ids = [...model.rows.values()].filter((row) => matchesFilter(row, unless)).map(({ id }) => id)
    if (ids.length > 0) return { code: 'condition-failed', ids }
  }
  const after = new Map(rows.map((row) => [row.id, row]))
  const refusal = overlaps(model, after, made)
  if (refusal) return refusal
  keep(model, after)
  return value(made)
}

export function insertOrGet(model: Model, values: Values, now: string): Expected {
  const existing = [...model.rows.values()].find((row) => sameKey(row, values))
  if (existing) return value({ row: existing, inserted: false })
  return asInserted(insertAll(model, [values], now))
}

export function upsert(model: Model, values: Values, patch: Patch, now: string, conditions: Conditions): Expected {
  const existing = [...model.rows.values()].find((row) => sameKey(row, values))
  if (!existing) return asInserted(insertAll(model, [values], now, conditions))
  const outcome = update(model, existing.id, patch, now, conditions)
  return 'value' in outcome ? value({ row: outcome.value, inserted: false }) : outcome
}

export function update(model: Model, id: string, patch: Patch, now: string, conditions: Conditions): Expected {
  const row = model.rows.get(id)
  if (!row) return value(null)
  const refusal = refusedBy(row, conditions)
  if (refusal) return refusal
  const changed = patched(row, patch, now)
  const after = new Map(model.rows).set(id, changed)
  const collision =
    duplicates(after, [changed]) ?? unlessRefusal(model, id, conditions) ?? overlaps(model, after, [changed])
  if (collision) return collision
  keep(model, after)
  return value(changed)
}

export function updateMany(model: Model, where: object, patch: Patch, now: string): Expected {
  const changed = matching(model, where).map((row) => patched(row, patch, now))
  const after = new Map(model.rows)
  for (const row of changed) after.set(row.id, row)
  const collision = duplicates(after, changed) ?? overlaps(model, after, changed)
  if (collision) return collision
  keep(model, after)
  return value(changed.length)
}

export function remove(model: Model, id: string, conditions: Conditions): Expected {
  const row = model.rows.get(id)
  if (!row) return value(null)
  const refusal = refusedBy(row, conditions) ?? unlessRefusal(model, id, conditions)
  if (refusal) return refusal
  model.rows.delete(id)
  return value(row)
}

export function removeMany(model: Model, where: object): Expected {
  const gone = matching(model, where)
  for (const { id } of gone) model.rows.delete(id)
  return value(gone.length)
}

export function matching(model: Model, where: object): Booking[] {
  return sorted(
    [...model.rows.values()].filter((row) => matchesFilter(row, where)),
    [],
  )
}

function newRow(model: Model, values: Values, now: string): Booking {
  return { ...values, tenantId: model.tenantId, metadata: null, version: 1, createdAt: now, updatedAt: now }
}

function patched(row: Booking, { guests, ...others }: Patch, now: string): Booking {
  const counted =
    guests === undefined ? row.guests : typeof guests === 'number' ? guests : row.guests + guests.increment
  return { ...row, ...others, guests: counted, version: row.version + 1, updatedAt: now }
}

const sameKey = (row: Booking, { idempotencyKey }: Pick<Values, 'idempotencyKey'>): boolean =>
  idempotencyKey !== null && row.idempotencyKey === idempotencyKey

function refusedBy(row: Booking, { version, where }: Conditions): Expected | null {
  if (version !== undefined && version !== row.version) return { code: 'stale-version', ids: [row.id] }
  if (where && !matchesFilter(row, where)) return { code: 'condition-failed', ids: [row.id] }
  return null
}

function unlessRefusal(model: Model, written: string, { unless }: Conditions): Expected | null {
  if (!unless) return null
  const ids = matching(model, unless).flatMap(({ id }) => (id === written ? [] : [id]))
  return ids.length > 0 ? { code: 'condition-failed', ids } : null
}

function duplicates(after: Map<string, Booking>, changed: readonly Booking[]): Expected | null {
  const ids = changed.flatMap((row) =>
    [...after.values()].filter((other) => other.id !== row.id && sameKey(other, row)).map(({ id }) => id),
  )
  return ids.length > 0 ? { code: 'duplicate', ids } : null
}

function overlaps(model: Model, after: Map<string, Booking>, changed: readonly Booking[]): Expected | null {
  if (!model.overlap) return null
  const rows = [...after.values()].filter(({ status }) => live.includes(status))
  const ids = changed
    .filter(({ status }) => live.includes(status))
    .flatMap((row) =>
      rows.filter(
        (other) =>
          other.id !== row.id &&
          other.roomId === row.roomId &&
          other.startsAt < row.endsAt &&
          row.startsAt < other.endsAt,
      ),
    )
    .map(({ id }) => id)
  return ids.length > 0 ? { code: 'overlap', ids } : null
}

function keep(model: Model, after: Map<string, Booking>): void {
  model.rows.clear()
  for (const [id, row] of after) model.rows.set(id, row)
}

function asInserted(outcome: Expected): Expected {
  return 'value' in outcome ? value({ row: (outcome.value as readonly Booking[])[0], inserted: true }) : outcome
}
