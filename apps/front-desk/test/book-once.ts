import type { Hono } from 'hono'
import { at } from './moment.ts'

/** The same request, with the same key, whoever calls. */
export function bookOnce(app: Hono, roomId: string): Promise<Response> {
  return Promise.resolve(
    app.request('/sqlite/bookings', {
      method: 'POST',
      headers: { 'X-Tenant': 'acme', 'Idempotency-Key': '"once"' },
      body: JSON.stringify({ roomId, guest: 'Ada', startsAt: at(9), endsAt: at(10) }),
    }),
  )
}
