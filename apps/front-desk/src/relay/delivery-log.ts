import type { ClaimedMessage, Json } from '@portolan/ports'
import type { Deliver } from './relay.ts'

export interface Delivery {
  readonly messageId: string
  readonly topic: string
  readonly attempt: number
  readonly payload: Json
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
      const { id: messageId, topic, attempt, payload } = message
      const tenantId = tenantOf(message)
      write(`${topic} ${JSON.stringify(payload)} (message ${messageId}, attempt ${attempt})`)
      byTenant.set(tenantId, [{ messageId, topic, attempt, payload }, ...(byTenant.get(tenantId) ?? [])].slice(0, kept))
    },
    recent: (tenantId) => byTenant.get(tenantId) ?? [],
  }
}

function tenantOf({ id, payload }: ClaimedMessage): string {
  const tenantId = (payload as { readonly tenantId?: unknown } | null)?.tenantId
  if (typeof tenantId !== 'string') throw new Error(`Message ${id} names no tenant`)
  return tenantId
}
