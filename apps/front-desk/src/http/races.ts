import { Hono } from 'hono'
import type { AnyStorage } from '../domain/any-storage.ts'
import { parseDay } from '../domain/day.ts'
import { firstFreeHour, race } from '../domain/race.ts'
import { readBody } from './body.ts'
import { RequestProblem } from './problem.ts'
import type { TenantEnv } from './tenant.ts'

const callers = 20

/** The button of the page: 20 callers want the first free hour of the day at once. */
export function raceRoutes(storage: AnyStorage): Hono<TenantEnv> {
  const routes = new Hono<TenantEnv>()

  routes.post('/', async (context) => {
    const tenantId = context.get('tenantId')
    const body = await readBody(context.req, { roomId: 'text', day: 'text' })
    const day = parseDay(body.day)
    if (!day) throw new RequestProblem('invalid-body', '"day" must be a day such as 2026-02-28.', { property: 'day' })
    const slot = await firstFreeHour(storage, tenantId, body.roomId, day)
    const began = performance.now()
    const racers = await race(storage, tenantId, slot, callers)
    const milliseconds = Math.round(performance.now() - began)
    return context.json({ slot, milliseconds, racers })
  })

  return routes
}
