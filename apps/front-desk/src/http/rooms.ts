import { Hono } from 'hono'
import type { AnyStorage } from '../domain/any-storage.ts'
import { addRoom, listRooms } from '../domain/rooms.ts'
import { readBody } from './body.ts'
import type { TenantEnv } from './tenant.ts'

export function roomRoutes(storage: AnyStorage): Hono<TenantEnv> {
  const routes = new Hono<TenantEnv>()

  routes.get('/', async (context) => context.json({ items: await listRooms(storage, context.get('tenantId')) }))

  /** Needs no Idempotency-Key: the room's code is a natural key, so a repeat is `duplicate` and names the room. */
  routes.post('/', async (context) => {
    const room = await readBody(context.req, { code: 'text', name: 'text', seats: 'integer' })
    return context.json(await addRoom(storage, context.get('tenantId'), room), 201)
  })

  return routes
}
