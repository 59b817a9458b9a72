import type { AnyStorage } from './domain/any-storage.ts'
import type { Slot } from './domain/bookings.ts'
import type { DeliveryLog } from './relay/delivery-log.ts'

/** A storage and what is shown of it; the page and the routes know no more of an adapter than this. */
export interface Desk {
  /** The first part of its paths. */
  readonly name: string
  readonly title: string
  readonly subtitle: string
  readonly storage: AnyStorage
  readonly deliveries: DeliveryLog
  readonly checkThenInsert: CheckThenInsert
}

/** The usual code on the same database, in a table of its own. It double-books: the race page shows it next to the ports. */
export interface CheckThenInsert {
  /** A sentence: how its callers meet on this storage. */
  readonly remark: string
  /** Where it is written. */
  readonly file: string
  book(slot: Slot, guest: string): Promise<{ readonly booked: boolean; readonly bookingId: string }>
  /** How many bookings stand for the slot. */
  count(slot: Slot): Promise<number>
}
