import type { Entity, EntityTypes, RowOf } from '@portolan/ports'
import { modelOf } from '../entities/model.ts'
import { storageError } from '../errors.ts'
import { plainSelect } from '../repository/read.ts'
import { decodeRow } from '../repository/rows.ts'
import type { Predicate, SelectPlan, StoredRow } from '../spi/index.ts'

/** Rows of one of the ports' own entities by id, whole unless `more` says otherwise. */
export function ownSelect<T extends EntityTypes>(
  entity: Entity<T>,
  where: Predicate,
  more?: Partial<SelectPlan>,
): SelectPlan {
  return plainSelect({ model: modelOf(entity), scope: null }, where, more)
}

/** The fields that the row holds; one that does not fit its field is `invalid-stored-value`. */
export function readOwnRow<T extends EntityTypes>(entity: Entity<T>, row: StoredRow): RowOf<T> {
  return decodeRow({ model: modelOf(entity) }, row, Object.keys(row))
}

/** For an outcome that the plan rules out: the driver breaks its contract, and guessing on would hide that. */
export function unexpectedOutcome(entity: string, operation: string, outcome: { readonly kind: string }): never {
  throw storageError(
    'unexpected',
    `${operation} on ${entity}: the driver answered "${outcome.kind}", which it was not asked for`,
    {},
  )
}
