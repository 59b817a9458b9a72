/** What each code tells in `context`, besides the message. */
export interface RoomKitErrorContext {
  LOCATION_NOT_FOUND: { locationNodeId: string }
  /** `conflictingNodeId` is null where the location would stand below itself. */
  LOCATION_PATH_CONFLICT: { path: string; conflictingNodeId: string | null }
  ROOM_NOT_FOUND: { roomId: string }
  CAPACITY_EXCEEDED: { roomId: string; requested: number; available: number }
  BOOKING_NOT_FOUND: { bookingId: string }
  /** The interval is the one that was asked for, as ISO text. */
  BOOKING_CONFLICT: { roomId: string; startsAt: string; endsAt: string; conflictingBookingId: string }
  PARTITION_CONFLICT: { roomId: string; partitionRoomId: string; conflictingBookingId: string }
  INVALID_STATE_TRANSITION: { bookingId: string; fromStatus: string; toStatus: string }
  STALE_VERSION: { bookingId: string; expectedVersion: number; actualVersion: number }
  /** The moments as ISO text; null for what is no moment. */
  INVALID_TIME_RANGE: { startsAt: string | null; endsAt: string | null }
  RECURRENCE_CONFLICT: { recurrenceRuleId: string; conflictingBookingIds: readonly string[] }
  EXAM_COHORT_OVERLAP: {
    cohortId: string
    bookingId: string
    conflictingSessionId: string
    conflictingBookingId: string
  }
  BULK_OPERATION_PARTIAL: { bulkOperationId: string; processedItems: number; totalItems: number }
  BLACKOUT_CONFLICT: { blackoutId: string; startsAt: string; endsAt: string }
  CONFIG_KEY_INVALID: { key: string }
  IDEMPOTENCY_CONFLICT: { idempotencyKey: string; existingBookingId: string }
}

export type RoomKitErrorCode = keyof RoomKitErrorContext

/** What RoomKit tells by `code` and `context`. The message is for people and holds ids at most. */
export class RoomKitError<C extends RoomKitErrorCode = RoomKitErrorCode> extends Error {
  override readonly name: string = 'RoomKitError'
  readonly code: C
  readonly context: RoomKitErrorContext[C]
  constructor(code: C, context: RoomKitErrorContext[C], message: string = sentenceOf(code, context)) {
    super(message)
    this.code = code
    this.context = context
  }
}

type ContextOf<C extends RoomKitErrorCode> = RoomKitErrorContext[C]

export class LocationNotFoundError extends RoomKitError<'LOCATION_NOT_FOUND'> {
  constructor(context: ContextOf<'LOCATION_NOT_FOUND'>) {
    super('LOCATION_NOT_FOUND', context)
  }
}
export class LocationPathConflictError extends RoomKitError<'LOCATION_PATH_CONFLICT'> {
  constructor(context: ContextOf<'LOCATION_PATH_CONFLICT'>) {
    super('LOCATION_PATH_CONFLICT', context)
  }
}
export class RoomNotFoundError extends RoomKitError<'ROOM_NOT_FOUND'> {
  constructor(context: ContextOf<'ROOM_NOT_FOUND'>) {
    super('ROOM_NOT_FOUND', context)
  }
}
export class CapacityExceededError extends RoomKitError<'CAPACITY_EXCEEDED'> {
  constructor(context: ContextOf<'CAPACITY_EXCEEDED'>) {
    super('CAPACITY_EXCEEDED', context)
  }
}
export class BookingNotFoundError extends RoomKitError<'BOOKING_NOT_FOUND'> {
  constructor(context: ContextOf<'BOOKING_NOT_FOUND'>) {
    super('BOOKING_NOT_FOUND', context)
  }
}
export class BookingConflictError extends RoomKitError<'BOOKING_CONFLICT'> {
  constructor(context: ContextOf<'BOOKING_CONFLICT'>) {
    super('BOOKING_CONFLICT', context)
  }
}
export class PartitionConflictError extends RoomKitError<'PARTITION_CONFLICT'> {
  constructor(context: ContextOf<'PARTITION_CONFLICT'>) {
    super('PARTITION_CONFLICT', context)
  }
}
export class InvalidStateTransitionError extends RoomKitError<'INVALID_STATE_TRANSITION'> {
  constructor(context: ContextOf<'INVALID_STATE_TRANSITION'>) {
    super('INVALID_STATE_TRANSITION', context)
  }
}
export class StaleVersionError extends RoomKitError<'STALE_VERSION'> {
  constructor(context: ContextOf<'STALE_VERSION'>) {
    super('STALE_VERSION', context)
  }
}
export class InvalidTimeRangeError extends RoomKitError<'INVALID_TIME_RANGE'> {
  constructor(context: ContextOf<'INVALID_TIME_RANGE'>) {
    super('INVALID_TIME_RANGE', context)
  }
}
export class RecurrenceConflictError extends RoomKitError<'RECURRENCE_CONFLICT'> {
  constructor(context: ContextOf<'RECURRENCE_CONFLICT'>) {
    super('RECURRENCE_CONFLICT', context)
  }
}
export class ExamCohortOverlapError extends RoomKitError<'EXAM_COHORT_OVERLAP'> {
  constructor(context: ContextOf<'EXAM_COHORT_OVERLAP'>) {
    super('EXAM_COHORT_OVERLAP', context)
  }
}
export class BulkOperationPartialError extends RoomKitError<'BULK_OPERATION_PARTIAL'> {
  constructor(context: ContextOf<'BULK_OPERATION_PARTIAL'>) {
    super('BULK_OPERATION_PARTIAL', context)
  }
}
export class BlackoutConflictError extends RoomKitError<'BLACKOUT_CONFLICT'> {
  constructor(context: ContextOf<'BLACKOUT_CONFLICT'>) {
    super('BLACKOUT_CONFLICT', context)
  }
}
export class ConfigKeyInvalidError extends RoomKitError<'CONFIG_KEY_INVALID'> {
  constructor(context: ContextOf<'CONFIG_KEY_INVALID'>) {
    super('CONFIG_KEY_INVALID', context)
  }
}
export class IdempotencyConflictError extends RoomKitError<'IDEMPOTENCY_CONFLICT'> {
  constructor(context: ContextOf<'IDEMPOTENCY_CONFLICT'>) {
    super('IDEMPOTENCY_CONFLICT', context)
  }
}

/** Per code, what makes the error: with the host's own classes its `instanceof` recognises what comes out of here. */
export type RoomKitErrorMakers = { readonly [C in RoomKitErrorCode]: (context: RoomKitErrorContext[C]) => Error }

const ownClasses: RoomKitErrorMakers = {
  LOCATION_NOT_FOUND: (context) => new LocationNotFoundError(context),
  LOCATION_PATH_CONFLICT: (context) => new LocationPathConflictError(context),
  ROOM_NOT_FOUND: (context) => new RoomNotFoundError(context),
  CAPACITY_EXCEEDED: (context) => new CapacityExceededError(context),
  BOOKING_NOT_FOUND: (context) => new BookingNotFoundError(context),
  BOOKING_CONFLICT: (context) => new BookingConflictError(context),
  PARTITION_CONFLICT: (context) => new PartitionConflictError(context),
  INVALID_STATE_TRANSITION: (context) => new InvalidStateTransitionError(context),
  STALE_VERSION: (context) => new StaleVersionError(context),
  INVALID_TIME_RANGE: (context) => new InvalidTimeRangeError(context),
  RECURRENCE_CONFLICT: (context) => new RecurrenceConflictError(context),
  EXAM_COHORT_OVERLAP: (context) => new ExamCohortOverlapError(context),
  BULK_OPERATION_PARTIAL: (context) => new BulkOperationPartialError(context),
  BLACKOUT_CONFLICT: (context) => new BlackoutConflictError(context),
  CONFIG_KEY_INVALID: (context) => new ConfigKeyInvalidError(context),
  IDEMPOTENCY_CONFLICT: (context) => new IdempotencyConflictError(context),
}

export type Refuse = <C extends RoomKitErrorCode>(code: C, context: RoomKitErrorContext[C]) => never

export function refusing(makers: Partial<RoomKitErrorMakers> = {}): Refuse {
  const all: RoomKitErrorMakers = { ...ownClasses, ...makers }
  return (code, context) => {
    throw all[code](context)
  }
}

const sentences: { readonly [C in RoomKitErrorCode]: (context: RoomKitErrorContext[C]) => string } = {
  LOCATION_NOT_FOUND: ({ locationNodeId }) => `There is no location ${locationNodeId}: look it up again.`,
  LOCATION_PATH_CONFLICT: ({ conflictingNodeId }) =>
    conflictingNodeId === null
      ? 'A location cannot stand below itself: choose another parent.'
      : `Location ${conflictingNodeId} has this path already: choose another.`,
  ROOM_NOT_FOUND: ({ roomId }) => `There is no room ${roomId}: look it up again.`,
  CAPACITY_EXCEEDED: ({ roomId, available }) => `Room ${roomId} has ${available} places: choose a larger one.`,
  BOOKING_NOT_FOUND: ({ bookingId }) => `There is no booking ${bookingId}: look it up again.`,
  BOOKING_CONFLICT: ({ roomId, conflictingBookingId }) =>
    `Room ${roomId} is kept by booking ${conflictingBookingId} at that time: choose another room or time.`,
  PARTITION_CONFLICT: ({ roomId, partitionRoomId, conflictingBookingId }) =>
    `Room ${roomId} shares its space with room ${partitionRoomId}, which booking ${conflictingBookingId} keeps at that time: choose another room or time.`,
  INVALID_STATE_TRANSITION: ({ bookingId, fromStatus, toStatus }) =>
    `Booking ${bookingId} is ${fromStatus} and cannot become ${toStatus}.`,
  STALE_VERSION: ({ bookingId, expectedVersion, actualVersion }) =>
    `Booking ${bookingId} has version ${actualVersion}, not ${expectedVersion}: read it again and decide anew.`,
  INVALID_TIME_RANGE: () => 'The start must be a moment before the end.',
  RECURRENCE_CONFLICT: ({ recurrenceRuleId, conflictingBookingIds }) =>
    `${conflictingBookingIds.length} bookings are in the way of rule ${recurrenceRuleId}.`,
  EXAM_COHORT_OVERLAP: ({ bookingId, conflictingSessionId, conflictingBookingId }) =>
    `The cohort of booking ${bookingId} has exam ${conflictingSessionId} (booking ${conflictingBookingId}) at that time: choose another time.`,
  BULK_OPERATION_PARTIAL: ({ bulkOperationId, processedItems, totalItems }) =>
    `Bulk operation ${bulkOperationId} has done ${processedItems} of ${totalItems}.`,
  BLACKOUT_CONFLICT: ({ blackoutId }) => `Blackout ${blackoutId} is in the way: choose another time.`,
  CONFIG_KEY_INVALID: () => 'The key of a configuration must be text of 1 to 512 bytes.',
  IDEMPOTENCY_CONFLICT: ({ existingBookingId }) =>
    `Booking ${existingBookingId} was made with this idempotency key: answer with it, or take a new key.`,
}

function sentenceOf<C extends RoomKitErrorCode>(code: C, context: RoomKitErrorContext[C]): string {
  return sentences[code](context)
}
