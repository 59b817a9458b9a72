import { readFileSync } from 'node:fs'
import { Hono } from 'hono'
import type { Desk } from '../desk.ts'
import { page } from './page.ts'
import { viewOf } from './view.ts'

const style = readFileSync(new URL('./page.css', import.meta.url), 'utf8')
const script = readFileSync(new URL('./page.js', import.meta.url), 'utf8')

/** Nothing from elsewhere, nothing inline: text that a guest has typed stays text. */
const contentSecurityPolicy =
  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

export function pageRoutes(desks: readonly Desk[]): Hono {
  const routes = new Hono()
  routes.get('/', async (context) => {
    const view = await viewOf(desks, { room: context.req.query('room'), day: context.req.query('day') })
    context.header('Content-Security-Policy', contentSecurityPolicy)
    context.header('Cache-Control', 'no-store')
    return context.html(page(view))
  })
  routes.get('/page.css', (context) => context.body(style, 200, { 'Content-Type': 'text/css; charset=utf-8' }))
  routes.get('/page.js', (context) => context.body(script, 200, { 'Content-Type': 'text/javascript; charset=utf-8' }))
  return routes
}
