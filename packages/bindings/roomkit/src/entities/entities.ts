import type { AnyEntity } from '@portolan/ports'
import { Booking, Transition } from './bookings.ts'
import { Alias, Blackout, Config, Hours, Location } from './locations.ts'
import { BulkOperation, Conflict, Exam, Priority, Rule } from './planning.ts'
import { Accessibility, Equipment, Partition, Room } from './rooms.ts'

/** What a storage has to be made with: `kyselyStorage(db, { entities: [...roomKitEntities] })`. */
export const roomKitEntities: readonly AnyEntity[] = Object.freeze([
  Location,
  Alias,
  Hours,
  Config,
  Blackout,
  Room,
  Equipment,
  Accessibility,
  Partition,
  Booking,
  Transition,
  Rule,
  Conflict,
  Priority,
  Exam,
  BulkOperation,
])

export const tenantField = 'tenantId'

const inTenants: ReadonlyMap<string, AnyEntity> = new Map(
  roomKitEntities.map((entity) => [entity.name, Object.freeze({ ...entity, scope: tenantField })]),
)

/** The same, each scoped by `tenantId`: for `createRoomKitStorage(storage, { tenantId })`. */
export const roomKitTenantEntities: readonly AnyEntity[] = Object.freeze([...inTenants.values()])

/** The scoped twin of an entity. */
export function inTenant(entity: AnyEntity): AnyEntity {
  return inTenants.get(entity.name) ?? entity
}
