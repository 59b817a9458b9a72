import { readFileSync } from 'node:fs'
import { type Context, Hono } from 'hono'
import type { Desk } from '../desk.ts'
import type { Markup } from './frame.ts'
import { page } from './page.ts'
import { racePage } from './race-page.ts'
import { viewOf } from './view.ts'

const style = readFileSync(new URL('./page.css', import.meta.url), 'utf8')
const scripts = ['page.js', 'race.js'] as const

/** Nothing from elsewhere, nothing inline: text that a guest has typed stays text. */
const contentSecurityPolicy =
  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

export function pageRoutes(desks: readonly Desk[]): Hono {
  const routes = new Hono()
  const send = (context: Context, content: Markup) => {
    context.header('Content-Security-Policy', contentSecurityPolicy)
    context.header('Cache-Control', 'no-store')
    return context.html(content)
  }
  routes.get('/', async (context) => {
    const view = await viewOf(desks, { room: context.req.query('room'), day: context.req.query('day') })
    return send(context, page(view))
  })
  routes.get('/race', (context) => send(context, racePage(desks, context.req.query('storage'))))
  routes.get('/page.css', (context) => context.body(style, 200, { 'Content-Type': 'text/css; charset=utf-8' }))
  for (const name of scripts) {
    const script = readFileSync(new URL(`./${name}`, import.meta.url), 'utf8')
    routes.get(`/${name}`, (context) => context.body(script, 200, { 'Content-Type': 'text/javascript; charset=utf-8' }))
  }
  return routes
}
