import type { Booking, BookingStateTransition, BookingStatus } from '../model.ts'
import type { BlackoutStorage, BookingStorage, ConflictStorage, LocationStorage, RoomKitStorage } from '../storages.ts'

/** RoomKit's storages as its code has them: the names that only the document has are not asked for. */
export interface HostStorages extends Omit<RoomKitStorage, 'location' | 'booking' | 'blackout' | 'conflict'> {
  readonly location: Omit<LocationStorage, 'create' | 'getTree'>
  readonly booking: Omit<BookingStorage, 'transition'> & {
    transition(
      id: string,
      toStatus: BookingStatus,
      by: { readonly triggeredBy: string; readonly reason?: string },
    ): Promise<{ readonly booking: Booking; readonly transition: BookingStateTransition }>
  }
  readonly blackout: Omit<BlackoutStorage, 'getDescendantRooms'>
  readonly conflict: Omit<ConflictStorage, 'create'>
}

/** A database, fresh and empty, and two clients of it: two pools on a server, two connections to a file. */
export interface RoomKitPlace {
  readonly first: HostStorages
  readonly second: HostStorages
  close(): Promise<void>
}

/** What the suite is held against: an adapter of RoomKit's on some database. */
export interface RoomKitTarget {
  readonly name: string
  open(): Promise<RoomKitPlace>
  /** Callers of a race. Default 16. */
  readonly racers?: number | undefined
  /** How often a race is run. Default 5. */
  readonly rounds?: number | undefined
}
