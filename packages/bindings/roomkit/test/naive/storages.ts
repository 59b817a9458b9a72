// An adapter as it is usually written, with the faults that RoomKit's own have. DO NOT COPY IT: the suite is shown to find them.

import type {
  BlackoutWindow,
  Booking,
  BookingStateTransition,
  BulkOperation,
  ConfigEntry,
  ConflictRecord,
  ExamSession,
  LocationNode,
  OperatingHours,
  PriorityTier,
  RecurrenceRule,
  Room,
  RoomAccessibility,
  RoomEquipment,
  RoomPartition,
} from '../../src/index.ts'
import type { HostStorages } from '../../src/suite/index.ts'
import { naiveBookings } from './bookings.ts'
import { naivePlaces } from './places.ts'
import { naivePlanning } from './planning.ts'
import { table } from './table.ts'

const emptyTables = () => ({
  locations: table<LocationNode>(),
  rooms: table<Room>(),
  equipment: table<RoomEquipment>(),
  accessibility: table<RoomAccessibility>(),
  partitions: table<RoomPartition>(),
  hours: table<OperatingHours>(),
  bookings: table<Booking>(),
  transitions: table<BookingStateTransition>(),
  rules: table<RecurrenceRule>(),
  blackouts: table<BlackoutWindow>(),
  conflicts: table<ConflictRecord>(),
  config: table<ConfigEntry>(),
  priorities: table<PriorityTier>(),
  exams: table<ExamSession>(),
  bulkOperations: table<BulkOperation>(),
})

export type Tables = ReturnType<typeof emptyTables>

export function naiveStorages(): HostStorages {
  const tables = emptyTables()
  return { ...naivePlaces(tables), ...naivePlanning(tables), booking: naiveBookings(tables) }
}
