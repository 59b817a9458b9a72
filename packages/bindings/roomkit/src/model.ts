// The host's objects, as its code has them. Dates are Dates, ids are text that the storage gives.

export const bookingStatuses = ['requested', 'confirmed', 'in_progress', 'completed', 'cancelled'] as const
/** Bookings of these keep their room; completed and cancelled ones keep nothing. */
export const blockingStatuses = ['requested', 'confirmed', 'in_progress'] as const
export const recurrenceModTypes = ['original', 'modified', 'detached'] as const
export const frequencies = ['weekly', 'biweekly', 'custom'] as const
export const resolutionTypes = ['reject_new', 'displace_existing', 'manual'] as const
export const layoutTypes = ['every-other-seat', 'full'] as const
export const bulkOperationTypes = ['semester_import', 'date_shift', 'batch_cancel'] as const
export const bulkOperationStatuses = ['pending', 'processing', 'completed', 'failed'] as const

export type BookingStatus = (typeof bookingStatuses)[number]
export type RecurrenceModType = (typeof recurrenceModTypes)[number]
export type CapacityType = 'seated' | 'exam' | 'standing'

/** A node of the tree of locations: a campus, a building, a floor. */
export interface LocationNode {
  id: string
  parentId: string | null
  type: string
  displayName: string
  /** Segments between slashes. Unique, whether or not it begins with a slash. */
  path: string
  aliases: string[]
  isActive: boolean
  metadata: string | null
  createdAt: Date
  updatedAt: Date
}

export interface Room {
  id: string
  locationNodeId: string
  seatedCapacity: number
  examCapacity: number
  standingCapacity: number
  setupBufferMinutes: number
  teardownBufferMinutes: number
  isActive: boolean
  metadata: string | null
  createdAt: Date
  updatedAt: Date
}

export interface RoomEquipment {
  id: string
  roomId: string
  tag: string
}

export interface RoomAccessibility {
  id: string
  roomId: string
  attribute: string
}

/** The child is a part of the parent: a booking of one of them keeps the other, too. */
export interface RoomPartition {
  id: string
  parentRoomId: string
  childRoomId: string
}

export interface OperatingHours {
  id: string
  locationNodeId: string
  /** 0 is Sunday. */
  dayOfWeek: number
  /** HH:MM */
  opensAt: string
  closesAt: string
}

export interface Booking {
  id: string
  roomId: string
  requesterId: string
  onBehalfOfId: string | null
  title: string
  description: string | null
  startsAt: Date
  endsAt: Date
  status: BookingStatus
  priority: number
  purposeType: string
  /** 1, and one more with each change. */
  version: number
  idempotencyKey: string | null
  recurrenceRuleId: string | null
  recurrenceModType: RecurrenceModType | null
  metadata: string | null
  createdAt: Date
  updatedAt: Date
}

/** A row of the audit: written with the change of status that it tells of, or not at all. */
export interface BookingStateTransition {
  id: string
  bookingId: string
  fromStatus: BookingStatus | null
  toStatus: BookingStatus
  triggeredBy: string
  reason: string | null
  timestamp: Date
}

export interface RecurrenceRule {
  id: string
  frequency: (typeof frequencies)[number]
  daysOfWeek: number[]
  /** null is every week of the series; [] is none. */
  calendarWeeks: number[] | null
  seriesStartsAt: Date
  seriesEndsAt: Date
  exceptionDates: Date[]
  createdAt: Date
  updatedAt: Date
}

export interface BlackoutWindow {
  id: string
  locationNodeId: string
  scope: string
  title: string
  reason: string | null
  startsAt: Date
  endsAt: Date
  isRecurring: boolean
  recurrenceRuleId: string | null
  createdAt: Date
}

export interface ConflictRecord {
  id: string
  bookingAId: string
  bookingBId: string
  resolutionType: (typeof resolutionTypes)[number]
  resolvedBy: string | null
  resolvedAt: Date | null
  createdAt: Date
}

export interface ConfigEntry {
  id: string
  /** null is the whole installation. */
  locationNodeId: string | null
  key: string
  value: string
  /** Whether descendants of the node (for null: all nodes) take this value over when they have none. */
  inheritFromParent: boolean
  createdAt: Date
  updatedAt: Date
}

export interface PriorityTier {
  id: string
  name: string
  weight: number
  createdAt: Date
}

export interface ExamSession {
  id: string
  bookingId: string
  cohortId: string
  layoutType: (typeof layoutTypes)[number]
  requiredCapacity: number
  supervisorIds: string[]
  metadata: string | null
  createdAt: Date
}

export interface BulkOperation {
  id: string
  type: (typeof bulkOperationTypes)[number]
  status: (typeof bulkOperationStatuses)[number]
  totalItems: number
  processedItems: number
  conflictsDetected: number
  resultSummary: string | null
  triggeredBy: string
  createdAt: Date
  completedAt: Date | null
}

/** Half-open where bookings and blackouts are asked for; both ends belong to it where the audit is. */
export interface TimeRange {
  readonly startsAt: Date
  readonly endsAt: Date
}

export interface Pagination {
  /** `nextCursor` of the page before. */
  readonly cursor?: string | undefined
  /** 1 to 100,000. */
  readonly limit: number
}

export interface PaginatedResult<T> {
  items: T[]
  /** Absent on the last page. */
  nextCursor?: string
}
