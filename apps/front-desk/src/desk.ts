import type { AnyStorage } from './domain/unit-of-work.ts'
import type { DeliveryLog } from './relay/delivery-log.ts'

/** A storage and what is shown of it; the page and the routes know no more of an adapter than this. */
export interface Desk {
  /** The first part of its paths. */
  readonly name: string
  readonly title: string
  readonly subtitle: string
  readonly storage: AnyStorage
  readonly deliveries: DeliveryLog
}
