import type { AnyEntity, Entity, EntityTypes, Ports, RowOf, TransactionRepository } from '@portolan/ports'
import { Booking, type BookingTypes, Transition, type TransitionTypes } from './entities/bookings.ts'
import { inTenant, tenantField } from './entities/entities.ts'
import {
  Alias,
  type AliasTypes,
  Blackout,
  type BlackoutTypes,
  Config,
  type ConfigTypes,
  Hours,
  type HoursTypes,
  Location,
  type LocationTypes,
} from './entities/locations.ts'
import {
  BulkOperation,
  type BulkTypes,
  Conflict,
  type ConflictTypes,
  Exam,
  type ExamTypes,
  Priority,
  type PriorityTypes,
  Rule,
  type RuleTypes,
} from './entities/planning.ts'
import {
  Accessibility,
  type AccessibilityTypes,
  Equipment,
  type EquipmentTypes,
  Partition,
  type PartitionTypes,
  Room,
  type RoomTypes,
} from './entities/rooms.ts'

/** The rows behind RoomKit's storages, by the ports. Instants are text here, as everywhere in the ports. */
export interface RoomKitRepositories {
  readonly locations: TransactionRepository<LocationTypes>
  readonly aliases: TransactionRepository<AliasTypes>
  readonly hours: TransactionRepository<HoursTypes>
  readonly config: TransactionRepository<ConfigTypes>
  readonly blackouts: TransactionRepository<BlackoutTypes>
  readonly rooms: TransactionRepository<RoomTypes>
  readonly equipment: TransactionRepository<EquipmentTypes>
  readonly accessibility: TransactionRepository<AccessibilityTypes>
  readonly partitions: TransactionRepository<PartitionTypes>
  readonly bookings: TransactionRepository<BookingTypes>
  readonly transitions: TransactionRepository<TransitionTypes>
  readonly rules: TransactionRepository<RuleTypes>
  readonly conflicts: TransactionRepository<ConflictTypes>
  readonly priorities: TransactionRepository<PriorityTypes>
  readonly exams: TransactionRepository<ExamTypes>
  readonly bulkOperations: TransactionRepository<BulkTypes>
}

/**
 * For lists and reports that RoomKit has no call for, on a storage or in a transaction. Costs no I/O. What is written this
 * way is not checked against related rooms and buffers, and has no audit.
 */
export function roomKitRepositories(
  ports: Ports,
  { tenantId }: { readonly tenantId?: string | undefined } = {},
): RoomKitRepositories {
  const untyped = ports as unknown as { repository(entity: AnyEntity, ...scope: readonly object[]): unknown }
  /** Rows of a tenant hold one field more, its id, which no host's object has. */
  const of = <T extends EntityTypes>(entity: Entity<T>): TransactionRepository<T> =>
    (tenantId === undefined
      ? untyped.repository(entity)
      : untyped.repository(inTenant(entity), { [tenantField]: tenantId })) as TransactionRepository<T>
  return {
    locations: of(Location),
    aliases: of(Alias),
    hours: of(Hours),
    config: of(Config),
    blackouts: of(Blackout),
    rooms: of(Room),
    equipment: of(Equipment),
    accessibility: of(Accessibility),
    partitions: of(Partition),
    bookings: of(Booking),
    transitions: of(Transition),
    rules: of(Rule),
    conflicts: of(Conflict),
    priorities: of(Priority),
    exams: of(Exam),
    bulkOperations: of(BulkOperation),
  }
}

/** The host's object of a row: instants are Dates, the tenant is nobody's business, and `hidden` fields are ours. */
export function asHost<Host, T extends EntityTypes>(
  entity: Entity<T>,
  row: RowOf<T>,
  ...hidden: readonly (keyof RowOf<T> & string)[]
): Host {
  const fields: { readonly [field: string]: { readonly kind: string } } = entity.fields
  const isMoment = (name: string) =>
    fields[name]?.kind === 'instant' || (entity.timestamps && (name === 'createdAt' || name === 'updatedAt'))
  const left = Object.entries(row).filter(([name]) => name !== tenantField && !hidden.includes(name as never))
  return Object.fromEntries(
    left.map(([name, value]) => [name, isMoment(name) && value !== null ? new Date(value as string) : value]),
  ) as Host
}
