import { Hono } from 'hono'
import { stream } from 'hono/streaming'
import type { Desk } from '../desk.ts'
import { compare } from '../race/compare.ts'
import { problemOf } from './problem.ts'
import type { TenantEnv } from './tenant.ts'

/** The button of the race page. The answer is a line of JSON for each caller, as soon as that one is answered. */
export function comparisonRoutes(desk: Desk, report: (sentence: string, error: unknown) => void): Hono<TenantEnv> {
  const routes = new Hono<TenantEnv>()

  routes.post('/', (context) => {
    const tenantId = context.get('tenantId')
    context.header('Content-Type', 'application/x-ndjson')
    context.header('Cache-Control', 'no-store')
    return stream(context, async (lines) => {
      let written = Promise.resolve()
      const write = (line: object) => {
        written = written.then(async () => void (await lines.write(`${JSON.stringify(line)}\n`)))
      }
      try {
        await compare(desk, tenantId, write)
      } catch (error) {
        // The status has been sent with the first line: the problem is the last one.
        report(`The race on ${desk.name} did not finish`, error)
        write({ problem: problemOf(error) })
      }
      await written
    })
  })

  return routes
}
