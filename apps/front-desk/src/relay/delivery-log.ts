import type { ClaimedMessage } from '@portolan/ports'
import type { BookingPayload } from '../domain/events.ts'
import type { Deliver } from './relay.ts'

export interface Delivery {
  readonly messageId: string
  readonly topic: string
  readonly attempt: number
  readonly payload: BookingPayload
}

export interface DeliveryLog {
  readonly deliver: Deliver
  /** The latest deliveries of a tenant since the start, newest first, at most 20. */
  recent(tenantId: string): readonly Delivery[]
}

const kept = 20

/** What the relay delivers to in this sample: a line of the log for each message, and the latest ones for the page. */
export function createDeliveryLog(write: (line: string) => void): DeliveryLog {
  const byTenant = new Map<string, Delivery[]>()
  return {
    deliver: (message) => {
      const { id: messageId, topic, attempt } = message
      const payload = payloadOf(message)
      write(`${topic} ${JSON.stringify(payload)} (message ${messageId}, attempt ${attempt})`)
      const earlier = byTenant.get(payload.tenantId) ?? []
      byTenant.set(payload.tenantId, [{ messageId, topic, attempt, payload }, ...earlier].slice(0, kept))
    },
    recent: (tenantId) => byTenant.get(tenantId) ?? [],
  }
}

/** The outbox holds what events.ts has put there; anything else is not ours to deliver. */
function payloadOf({ id, payload }: ClaimedMessage): BookingPayload {
  const given = payload as Partial<BookingPayload> | null
  if (typeof given?.tenantId !== 'string' || typeof given.bookingId !== 'string') {
    throw new Error(`Message ${id} is no event of a booking`)
  }
  return given as BookingPayload
}
