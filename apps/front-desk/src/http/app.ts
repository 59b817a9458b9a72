import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { Desk } from '../desk.ts'
import { pageRoutes } from '../page/routes.ts'
import { respond } from './answer.ts'
import { bookingRoutes } from './bookings.ts'
import { comparisonRoutes } from './comparisons.ts'
import { problemAnswer, problemOf, problemTitle, RequestProblem } from './problem.ts'
import { raceRoutes } from './races.ts'
import { roomRoutes } from './rooms.ts'
import { requireTenant, type TenantEnv } from './tenant.ts'

export interface AppOptions {
  readonly desks: readonly Desk[]
  /** Faults of our own and outages, with their cause. */
  readonly report: (sentence: string, error: unknown) => void
}

/** The page at /, and the same routes for each storage under its name. */
export function createApp({ desks, report }: AppOptions): Hono {
  const app = new Hono()
  app.onError((error, context) => {
    const problem = problemOf(error)
    if (problem.status >= 500) report(`${context.req.method} ${context.req.path}: ${problem.title}`, error)
    return respond(problemAnswer(problem))
  })
  app.notFound(() =>
    respond(problemAnswer(problemOf(new RequestProblem('not-found', 'There is nothing at this address.')))),
  )
  app.route('/', pageRoutes(desks))
  app.get('/problems/:code', (context) => {
    const title = problemTitle(context.req.param('code'))
    return title === null ? context.notFound() : context.text(`${title}.\n`)
  })
  for (const desk of desks) app.route(`/${desk.name}`, deskRoutes(desk, report))
  return app
}

function deskRoutes(desk: Desk, report: AppOptions['report']): Hono<TenantEnv> {
  const { storage, deliveries } = desk
  const routes = new Hono<TenantEnv>()
  routes.use(requireTenant)
  routes.use(
    bodyLimit({
      maxSize: 16_384,
      onError: () => {
        throw new RequestProblem('body-too-large', 'A body may have 16 kB.')
      },
    }),
  )
  routes.route('/rooms', roomRoutes(storage))
  routes.route('/bookings', bookingRoutes(storage))
  routes.route('/races', raceRoutes(storage))
  routes.route('/comparisons', comparisonRoutes(desk, report))
  routes.get('/deliveries', (context) => context.json({ items: deliveries.recent(context.get('tenantId')) }))
  return routes
}
