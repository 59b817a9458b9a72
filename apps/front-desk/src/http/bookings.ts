import { type Context, Hono } from 'hono'
import type { AnyStorage } from '../domain/any-storage.ts'
import { cancelBooking, createBooking, getBooking, listBookings, rescheduleBooking } from '../domain/bookings.ts'
import { type Day, parseDay } from '../domain/day.ts'
import { getRoom } from '../domain/rooms.ts'
import { jsonAnswer } from './answer.ts'
import { readBody } from './body.ts'
import { readIdempotencyKey } from './idempotency-key.ts'
import { RequestProblem } from './problem.ts'
import { respondOnce } from './respond-once.ts'
import type { TenantEnv } from './tenant.ts'

const longestPage = 100

export function bookingRoutes(storage: AnyStorage): Hono<TenantEnv> {
  const routes = new Hono<TenantEnv>()

  routes.get('/', async (context) => {
    const tenantId = context.get('tenantId')
    const room = await getRoom(storage, tenantId, required(context, 'roomId'))
    const day = dayParameter(context)
    const limit = limitParameter(context)
    const cursor = context.req.query('cursor')
    return context.json(await listBookings(storage, tenantId, { roomId: room.id, day, limit, cursor }))
  })

  routes.post('/', async (context) => {
    const tenantId = context.get('tenantId')
    const key = readIdempotencyKey(context.req)
    const request = await readBody(context.req, {
      roomId: 'text',
      guest: 'text',
      startsAt: 'instant',
      endsAt: 'instant',
    })
    return respondOnce(storage, { route: 'POST bookings', tenantId, key, content: request }, async (tx) => {
      const booking = await createBooking(tx, tenantId, request)
      return jsonAnswer(201, booking, { Location: `${context.req.path}/${booking.id}` })
    })
  })

  routes.get('/:id', async (context) =>
    context.json(await getBooking(storage, context.get('tenantId'), context.req.param('id'))),
  )

  routes.patch('/:id', async (context) => {
    const change = await readBody(context.req, { version: 'integer', startsAt: 'instant', endsAt: 'instant' })
    const bookingId = context.req.param('id')
    return context.json(await rescheduleBooking(storage, context.get('tenantId'), { bookingId, ...change }))
  })

  routes.post('/:id/cancel', async (context) =>
    context.json(await cancelBooking(storage, context.get('tenantId'), context.req.param('id'))),
  )

  return routes
}

function required(context: Context, name: string): string {
  const value = context.req.query(name)
  if (!value) throw new RequestProblem('invalid-parameter', `The parameter ${name} is missing.`, { parameter: name })
  return value
}

export function dayParameter(context: Context): Day | undefined {
  const name = context.req.query('day')
  if (name === undefined) return undefined
  const day = parseDay(name)
  if (!day) throw new RequestProblem('invalid-parameter', 'day must be a day such as 2026-02-28.', { parameter: 'day' })
  return day
}

/** What is no whole number above 0 the storage refuses by itself. */
function limitParameter(context: Context): number {
  const limit = Number(context.req.query('limit') ?? 20)
  if (limit <= longestPage || Number.isNaN(limit)) return limit
  throw new RequestProblem('invalid-parameter', `limit may be ${longestPage} at most.`, { parameter: 'limit' })
}
