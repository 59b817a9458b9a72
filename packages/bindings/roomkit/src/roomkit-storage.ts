import type { UnitOfWork } from '@portolan/ports'
import { bindingOf } from './context.ts'
import { type RoomKitErrorMakers, refusing } from './errors.ts'
import { auditStorage } from './storages/audit.ts'
import { blackoutStorage } from './storages/blackout.ts'
import { bookingStorage } from './storages/booking.ts'
import { bulkOperationStorage } from './storages/bulk-operation.ts'
import { configStorage } from './storages/config.ts'
import { conflictStorage } from './storages/conflict.ts'
import { examStorage } from './storages/exam.ts'
import { locationStorage } from './storages/location.ts'
import { priorityStorage } from './storages/priority.ts'
import { recurrenceStorage } from './storages/recurrence.ts'
import { roomStorage } from './storages/room.ts'
import type { RoomKitStorage } from './storages.ts'

export interface RoomKitStorageOptions {
  /** Per code, what makes the error, for a host that recognises its own classes. Default: the classes of this package. */
  readonly errors?: Partial<RoomKitErrorMakers> | undefined
  /**
   * Everything read and written belongs to this tenant, and nothing else can be reached. The storage must have been made
   * with `roomKitTenantEntities`; without a tenant, with `roomKitEntities`.
   */
  readonly tenantId?: string | undefined
}

/**
 * RoomKit's storages on a storage of any adapter. Costs no I/O. Given a running transaction, all that is written becomes part
 * of that one, so that a booking and whatever else belongs to it commit together.
 *
 * Refusals that RoomKit has a code for are its errors; everything else, such as an outage, is a `StorageError`.
 */
export function createRoomKitStorage(storage: UnitOfWork, options: RoomKitStorageOptions = {}): RoomKitStorage {
  const binding = bindingOf(storage, refusing(options.errors), options.tenantId)
  return {
    location: locationStorage(binding),
    room: roomStorage(binding),
    booking: bookingStorage(binding),
    recurrence: recurrenceStorage(binding),
    blackout: blackoutStorage(binding),
    conflict: conflictStorage(binding),
    config: configStorage(binding),
    audit: auditStorage(binding),
    priority: priorityStorage(binding),
    exam: examStorage(binding),
    bulkOperation: bulkOperationStorage(binding),
  }
}
