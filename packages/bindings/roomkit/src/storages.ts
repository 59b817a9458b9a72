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
  RoomPartition,
  TimeRange,
} from './model.ts'

type MayBeLeftOut<T> = { [K in keyof T]-?: null extends T[K] ? K : never }[keyof T]

/** What is given to make a T: without what the storage assigns; what may be null, or has a default, may be left out. */
export type New<T, Assigned extends keyof T, Defaulted extends keyof T = never> = Omit<
  T,
  Assigned | MayBeLeftOut<T> | Defaulted
> & { [K in Exclude<MayBeLeftOut<T> | Defaulted, Assigned>]?: T[K] | undefined }

export type NewBooking = New<Booking, 'id' | 'version' | 'createdAt' | 'updatedAt', 'status' | 'priority'>
export type NewRoom = New<Room, 'id' | 'createdAt' | 'updatedAt', 'isActive'>
export type NewLocation = New<LocationNode, 'id' | 'createdAt' | 'updatedAt', 'isActive' | 'aliases'>

export interface ConflictChecks {
  /** Whether bookings of the room's direct parents and children are in the way. */
  readonly checkPartitions: boolean
  /** Whether set-up and teardown minutes have to stay free, between any two bookings and in either order of making. */
  readonly checkBuffers: boolean
}

/** What the host's code expects, and the booking itself, whose fields are there as well but are not enumerable. */
export type TransitionResult = Booking & { booking: Booking; transition: BookingStateTransition }

export interface LocationTree extends LocationNode {
  children: LocationTree[]
}

export interface LocationStorage {
  /** `LOCATION_PATH_CONFLICT` for a path that is taken, `LOCATION_NOT_FOUND` for a parent that is not there. */
  createNode(data: NewLocation): Promise<LocationNode>
  getById(id: string): Promise<LocationNode | null>
  /** With or without a leading slash. */
  getByPath(path: string): Promise<LocationNode | null>
  getChildren(parentId: string): Promise<LocationNode[]>
  /** Nearest first, the root last, without the node itself. Goes by the parents; a path that has drifted changes nothing. */
  getAncestors(nodeId: string): Promise<LocationNode[]>
  /** `parentPath` reaches the node of that path and all below it, by whole segments. */
  queryByScope(scope: {
    readonly type?: string | undefined
    readonly parentPath?: string | undefined
    readonly isActive?: boolean | undefined
  }): Promise<LocationNode[]>
  /** Of several nodes with one alias, the one that has had it longest. */
  resolveAlias(alias: string): Promise<LocationNode | null>
  /** Also `LOCATION_PATH_CONFLICT` for a parent that is the node itself or below it. */
  update(id: string, patch: Partial<LocationNode>): Promise<LocationNode>
  /** Takes the node's aliases, hours and configuration with it; refused while nodes, rooms or blackouts stand on it. */
  delete(id: string): Promise<void>
  /** The document's name for `createNode`. */
  create(data: NewLocation): Promise<LocationNode>
  /** Of the document: the nodes below one (or all), each with its children. */
  getTree(nodeId?: string | null): Promise<LocationTree[]>
}

export interface RoomFilter {
  /** Of `capacityType`, which is 'seated' unless given. */
  readonly minCapacity?: number | undefined
  readonly capacityType?: CapacityType | undefined
  /** All of these tags; of none, every room. */
  readonly equipment?: readonly string[] | undefined
  /** All of these attributes. */
  readonly accessibility?: readonly string[] | undefined
  /** A path: rooms of that location and all below it. */
  readonly locationScope?: string | undefined
  readonly isActive?: boolean | undefined
}

export type EquippedRoom = Room & { equipment: RoomEquipment[]; accessibility: RoomAccessibility[] }

export interface RoomStorage {
  create(data: NewRoom): Promise<Room>
  findById(id: string): Promise<Room | null>
  findByCompoundFilter(filter: RoomFilter): Promise<Room[]>
  /** The rows in which the room is parent or child. */
  getPartitionTree(roomId: string): Promise<RoomPartition[]>
  getWithEquipment(id: string): Promise<EquippedRoom | null>
  update(id: string, patch: Partial<Room>): Promise<Room>
  /** Refused while the room has bookings of any status. */
  delete(id: string): Promise<void>
  /** A tag that the room has already is returned as it is. */
  addEquipment(roomId: string, tag: string): Promise<RoomEquipment>
  removeEquipment(roomId: string, tag: string): Promise<void>
  addAccessibility(roomId: string, attribute: string): Promise<RoomAccessibility>
  removeAccessibility(roomId: string, attribute: string): Promise<void>
  /** Counts for every booking that is made after it; bookings that stand keep standing. */
  createPartition(data: Omit<RoomPartition, 'id'>): Promise<RoomPartition>
  deletePartition(id: string): Promise<void>
  /** By day of the week. */
  getOperatingHours(locationNodeId: string): Promise<OperatingHours[]>
  /** Replaces all of them at once. A day that is named twice is refused. */
  setOperatingHours(
    locationNodeId: string,
    hours: readonly Omit<OperatingHours, 'id' | 'locationNodeId'>[],
  ): Promise<OperatingHours[]>
}

export interface BookingStorage {
  /**
   * One atomic step over the room and its related rooms. `INVALID_TIME_RANGE`, `ROOM_NOT_FOUND`, `IDEMPOTENCY_CONFLICT`,
   * `BOOKING_CONFLICT`, `PARTITION_CONFLICT`, in this order.
   */
  createWithConflictCheck(data: NewBooking, checks: ConflictChecks): Promise<Booking>
  /** Blocking bookings of the room that meet the half-open interval. */
  findOverlapping(roomId: string, startsAt: Date, endsAt: Date, excludeBookingId?: string): Promise<Booking[]>
  /**
   * Takes everything but id, version, status, createdAt and updatedAt. Where room or time become others, the new slot is
   * checked as at creation, related rooms and buffers included.
   */
  updateWithVersion(id: string, changes: Partial<Booking>, expectedVersion: number): Promise<Booking>
  findByIdempotencyKey(key: string): Promise<Booking | null>
  /** Status, version and audit row in one step. Also in the document's form, `transition(id, status, triggeredBy, reason)`. */
  transition(
    id: string,
    toStatus: BookingStatus,
    by: string | { readonly triggeredBy: string; readonly reason?: string | null | undefined },
    reason?: string,
  ): Promise<TransitionResult>
  /** What the person has requested, or others on behalf of the person. Without pagination everything. */
  findByPerson(personId: string, range: TimeRange, pagination?: Pagination): Promise<PaginatedResult<Booking>>
  /** Of any status. Without pagination everything. */
  findByRoom(roomId: string, range: TimeRange, pagination?: Pagination): Promise<PaginatedResult<Booking>>
  findById(id: string): Promise<Booking | null>
}

export interface RecurrenceStorage {
  createRule(data: New<RecurrenceRule, 'id' | 'createdAt' | 'updatedAt'>): Promise<RecurrenceRule>
  getRuleById(id: string): Promise<RecurrenceRule | null>
  updateRule(id: string, patch: Partial<RecurrenceRule>): Promise<RecurrenceRule>
  /** Its bookings keep its id: they stay instances of a rule that is gone. */
  deleteRule(id: string): Promise<void>
  /** By start. */
  getInstancesByRule(ruleId: string): Promise<Booking[]>
  /** From `after` on, inclusively; of `modTypeFilter`'s kinds alone where it is given. Returns how many. All or none. */
  deleteInstancesByRule(
    ruleId: string,
    options?: { readonly after?: Date | undefined; readonly modTypeFilter?: readonly RecurrenceModType[] | undefined },
  ): Promise<number>
}

export interface BlackoutStorage {
  create(data: New<BlackoutWindow, 'id' | 'createdAt', 'isRecurring'>): Promise<BlackoutWindow>
  /** Of the node and its ancestors, meeting the half-open range, by start. */
  findActiveForScope(locationNodeId: string, range: TimeRange): Promise<BlackoutWindow[]>
  findById(id: string): Promise<BlackoutWindow | null>
  delete(id: string): Promise<void>
  /** Of the document: the rooms of a node and of all below it. */
  getDescendantRooms(locationNodeId: string): Promise<Room[]>
}

export interface ConflictStorage {
  record(data: New<ConflictRecord, 'id' | 'createdAt'>): Promise<ConflictRecord>
  /** On either side. */
  findByBooking(bookingId: string): Promise<ConflictRecord[]>
  /** The document's name for `record`. */
  create(data: New<ConflictRecord, 'id' | 'createdAt'>): Promise<ConflictRecord>
}

export interface ConfigStorage {
  /** The flag stays as it is, true at first, unless it is given. `CONFIG_KEY_INVALID` for a key that is no text of 1 to 512 bytes. */
  set(
    locationNodeId: string | null,
    key: string,
    value: string,
    options?: { readonly inheritFromParent?: boolean | undefined },
  ): Promise<ConfigEntry>
  get(locationNodeId: string | null, key: string): Promise<ConfigEntry | null>
  /** The node's own, else the nearest ancestor's that is inherited, else the global one if it is, else null. */
  resolve(locationNodeId: string | null, key: string): Promise<ConfigEntry | null>
  /** Of a node, with null the global ones, without argument all. */
  getAll(locationNodeId?: string | null): Promise<ConfigEntry[]>
  delete(locationNodeId: string | null, key: string): Promise<void>
}

export interface AuditStorage {
  append(data: New<BookingStateTransition, 'id'>): Promise<BookingStateTransition>
  /** In the order of the changes. */
  queryByBooking(bookingId: string): Promise<BookingStateTransition[]>
  /** Both ends belong to the range. Without pagination everything. */
  queryByTimeRange(range: TimeRange, pagination?: Pagination): Promise<PaginatedResult<BookingStateTransition>>
}

export interface PriorityStorage {
  /** The weightiest first. */
  getAll(): Promise<PriorityTier[]>
  /** In whatever letters, large or small. */
  findByName(name: string): Promise<PriorityTier | null>
  upsert(data: New<PriorityTier, 'id' | 'createdAt'>): Promise<PriorityTier>
}

export interface ExamStorage {
  /** `EXAM_COHORT_OVERLAP` where the cohort has another exam at that time, `BOOKING_NOT_FOUND` without the booking. */
  createSession(data: New<ExamSession, 'id' | 'createdAt'>): Promise<ExamSession>
  findById(id: string): Promise<ExamSession | null>
  findByBooking(bookingId: string): Promise<ExamSession | null>
  /** Sessions whose bookings still block and meet the half-open range. */
  findConflictingCohort(cohortId: string, range: TimeRange): Promise<ExamSession[]>
  delete(id: string): Promise<void>
}

export interface BulkProgress {
  readonly processedItems: number
  readonly conflictsDetected: number
  readonly status?: BulkOperation['status'] | undefined
}

export interface BulkOperationStorage {
  create(
    data: New<BulkOperation, 'id' | 'createdAt', 'status' | 'processedItems' | 'conflictsDetected'>,
  ): Promise<BulkOperation>
  /** Numbers never fall, a status never goes back, and a final one stays: a late writer changes nothing. */
  updateProgress(id: string, progress: BulkProgress): Promise<BulkOperation>
  getResult(id: string): Promise<BulkOperation | null>
}

/** What `RoomKitModule.register({ storage })` takes. */
export interface RoomKitStorage {
  readonly location: LocationStorage
  readonly room: RoomStorage
  readonly booking: BookingStorage
  readonly recurrence: RecurrenceStorage
  readonly blackout: BlackoutStorage
  readonly conflict: ConflictStorage
  readonly config: ConfigStorage
  readonly audit: AuditStorage
  readonly priority: PriorityStorage
  readonly exam: ExamStorage
  readonly bulkOperation: BulkOperationStorage
}
