// RoomKit's own abstract classes, as its code has them: what is made here must pass for each of them.

import type {
  BlackoutWindow,
  Booking,
  BookingStateTransition,
  BookingStatus,
  BulkOperation,
  CapacityType,
  ConfigEntry,
  ConflictRecord,
  ExamSession,
  LocationNode,
  OperatingHours,
  PaginatedResult,
  Pagination,
  PriorityTier,
  RecurrenceModType,
  RecurrenceRule,
  Room,
  RoomAccessibility,
  RoomEquipment,
  RoomKitStorage,
  RoomPartition,
} from '../../src/index.ts'

type Create<T, K extends keyof T> = Omit<T, K>
type Own = 'id' | 'createdAt' | 'updatedAt'
type Range = { startsAt: Date; endsAt: Date }

abstract class LocationStorage {
  abstract createNode(data: Create<LocationNode, Own>): Promise<LocationNode>
  abstract getById(id: string): Promise<LocationNode | null>
  abstract getByPath(path: string): Promise<LocationNode | null>
  abstract getChildren(parentId: string): Promise<LocationNode[]>
  abstract getAncestors(nodeId: string): Promise<LocationNode[]>
  abstract queryByScope(scope: { type?: string; parentPath?: string; isActive?: boolean }): Promise<LocationNode[]>
  abstract resolveAlias(alias: string): Promise<LocationNode | null>
  abstract update(id: string, patch: Partial<Create<LocationNode, Own>>): Promise<LocationNode>
  abstract delete(id: string): Promise<void>
}

abstract class RoomStorage {
  abstract create(data: Create<Room, Own>): Promise<Room>
  abstract findById(id: string): Promise<Room | null>
  abstract findByCompoundFilter(filter: {
    minCapacity?: number
    capacityType?: CapacityType
    equipment?: string[]
    accessibility?: string[]
    locationScope?: string
    isActive?: boolean
  }): Promise<Room[]>
  abstract getPartitionTree(roomId: string): Promise<RoomPartition[]>
  abstract getWithEquipment(
    id: string,
  ): Promise<(Room & { equipment: RoomEquipment[]; accessibility: RoomAccessibility[] }) | null>
  abstract update(id: string, patch: Partial<Create<Room, Own>>): Promise<Room>
  abstract delete(id: string): Promise<void>
  abstract addEquipment(roomId: string, tag: string): Promise<RoomEquipment>
  abstract removeEquipment(roomId: string, tag: string): Promise<void>
  abstract addAccessibility(roomId: string, attribute: string): Promise<RoomAccessibility>
  abstract removeAccessibility(roomId: string, attribute: string): Promise<void>
  abstract createPartition(data: Create<RoomPartition, 'id'>): Promise<RoomPartition>
  abstract deletePartition(id: string): Promise<void>
  abstract getOperatingHours(locationNodeId: string): Promise<OperatingHours[]>
  abstract setOperatingHours(
    locationNodeId: string,
    hours: Create<OperatingHours, 'id' | 'locationNodeId'>[],
  ): Promise<OperatingHours[]>
}

abstract class BookingStorage {
  abstract createWithConflictCheck(
    data: Create<Booking, Own | 'version'>,
    options: { checkPartitions: boolean; checkBuffers: boolean },
  ): Promise<Booking>
  abstract findOverlapping(roomId: string, startsAt: Date, endsAt: Date, excludeBookingId?: string): Promise<Booking[]>
  abstract updateWithVersion(id: string, changes: Partial<Booking>, expectedVersion: number): Promise<Booking>
  abstract findByIdempotencyKey(key: string): Promise<Booking | null>
  abstract transition(
    id: string,
    toStatus: BookingStatus,
    by: { triggeredBy: string; reason?: string },
  ): Promise<{ booking: Booking; transition: BookingStateTransition }>
  abstract findByPerson(personId: string, range: Range, page?: Pagination): Promise<PaginatedResult<Booking>>
  abstract findByRoom(roomId: string, range: Range, page?: Pagination): Promise<PaginatedResult<Booking>>
  abstract findById(id: string): Promise<Booking | null>
}

/** As the document has it. */
abstract class DocumentedBookingStorage {
  abstract createWithConflictCheck(
    data: Create<Booking, Own>,
    options: { checkPartitions: boolean; checkBuffers: boolean },
  ): Promise<Booking>
  abstract transition(id: string, toStatus: BookingStatus, triggeredBy: string, reason?: string): Promise<Booking>
}

abstract class RecurrenceStorage {
  abstract createRule(data: Create<RecurrenceRule, Own>): Promise<RecurrenceRule>
  abstract getRuleById(id: string): Promise<RecurrenceRule | null>
  abstract updateRule(id: string, patch: Partial<Create<RecurrenceRule, Own>>): Promise<RecurrenceRule>
  abstract deleteRule(id: string): Promise<void>
  abstract getInstancesByRule(ruleId: string): Promise<Booking[]>
  abstract deleteInstancesByRule(
    ruleId: string,
    options?: { after?: Date; modTypeFilter?: RecurrenceModType[] },
  ): Promise<number>
}

abstract class BlackoutStorage {
  abstract create(data: Create<BlackoutWindow, 'id' | 'createdAt'>): Promise<BlackoutWindow>
  abstract findActiveForScope(locationNodeId: string, range: Range): Promise<BlackoutWindow[]>
  abstract findById(id: string): Promise<BlackoutWindow | null>
  abstract delete(id: string): Promise<void>
}

abstract class ConflictStorage {
  abstract record(data: Create<ConflictRecord, 'id' | 'createdAt'>): Promise<ConflictRecord>
  abstract findByBooking(bookingId: string): Promise<ConflictRecord[]>
}

abstract class ConfigStorage {
  abstract set(locationNodeId: string | null, key: string, value: string): Promise<ConfigEntry>
  abstract get(locationNodeId: string | null, key: string): Promise<ConfigEntry | null>
  abstract resolve(locationNodeId: string, key: string): Promise<ConfigEntry | null>
  abstract getAll(locationNodeId?: string | null): Promise<ConfigEntry[]>
  abstract delete(locationNodeId: string | null, key: string): Promise<void>
}

abstract class AuditStorage {
  abstract append(data: Create<BookingStateTransition, 'id'>): Promise<BookingStateTransition>
  abstract queryByBooking(bookingId: string): Promise<BookingStateTransition[]>
  abstract queryByTimeRange(range: Range, page?: Pagination): Promise<PaginatedResult<BookingStateTransition>>
}

abstract class PriorityStorage {
  abstract getAll(): Promise<PriorityTier[]>
  abstract findByName(name: string): Promise<PriorityTier | null>
  abstract upsert(data: Create<PriorityTier, 'id' | 'createdAt'>): Promise<PriorityTier>
}

abstract class ExamStorage {
  abstract createSession(data: Create<ExamSession, 'id' | 'createdAt'>): Promise<ExamSession>
  abstract findById(id: string): Promise<ExamSession | null>
  abstract findByBooking(bookingId: string): Promise<ExamSession | null>
  abstract findConflictingCohort(cohortId: string, range: Range): Promise<ExamSession[]>
  abstract delete(id: string): Promise<void>
}

abstract class BulkOperationStorage {
  abstract create(data: Create<BulkOperation, 'id' | 'createdAt'>): Promise<BulkOperation>
  abstract updateProgress(
    id: string,
    progress: { processedItems: number; conflictsDetected: number; status?: BulkOperation['status'] },
  ): Promise<BulkOperation>
  abstract getResult(id: string): Promise<BulkOperation | null>
}

interface Registration {
  location: LocationStorage
  room: RoomStorage
  booking: BookingStorage
  recurrence: RecurrenceStorage
  blackout: BlackoutStorage
  conflict: ConflictStorage
  config: ConfigStorage
  audit: AuditStorage
  priority: PriorityStorage
  exam?: ExamStorage
  bulkOperation?: BulkOperationStorage
}

export const registered = (storages: RoomKitStorage): Registration => storages
export const documented = (storages: RoomKitStorage): DocumentedBookingStorage => storages.booking
