import { html } from 'hono/html'
import type { Desk } from '../desk.ts'
import { callers, type Side } from '../race/compare.ts'
import { frame, type Markup } from './frame.ts'

/** Rooms that are made for races belong to nobody's list. */
const raceTenant = 'race'

/** What is there only where the environment names a server. */
const more = [
  { name: 'postgres', title: 'Postgres', variables: ['PORTOLAN_POSTGRES_URL', 'DATABASE_URL'] },
  { name: 'redis', title: 'Redis', variables: ['PORTOLAN_REDIS_URL', 'REDIS_URL'] },
] as const

/** One race on one storage: the ports next to the usual check-then-insert. */
export function racePage(desks: readonly Desk[], wish: string | undefined): Markup {
  const desk = desks.find(({ name }) => name === wish) ?? desks[0]
  if (!desk) throw new Error('The front desk has no storage')
  const attributes = html` data-tenant="${raceTenant}" data-storage="${desk.name}"`
  const content = html`
  <header>
    <h1>The race, next to the usual code</h1>
    <p>${callers} callers want one room for one hour, at the same moment: once through <code>@portolan/ports</code>, once by the
      code that is usually written. Same database, same connections, tables of their own. <a href="/">Back to the front desk</a></p>
  </header>
  <main>
    <nav aria-label="Storages">${desks.map(
      ({ name, title }) =>
        html`<a href="/race?storage=${name}"${name === desk.name ? html` aria-current="page"` : ''}>${title}</a>`,
    )}</nav>
    ${more
      .filter((one) => desks.every(({ name }) => name !== one.name))
      .map(
        ({ title, variables: [first, second] }) =>
          html`<p class="subtitle">With <code>${first}</code> or <code>${second}</code> in the environment it runs on ${title} as well.</p>`,
      )}
    <p class="race"><button type="button" id="race" class="strong">Let ${callers} callers race on ${desk.title}</button>
      <span id="status" role="status"></span></p>
    <noscript><p>The race needs JavaScript.</p></noscript>
    <div class="columns">
      ${panel('ports', 'Through the ports', html`The booking declares <code>noOverlap</code>. Nobody checks first; the storage lets one in.`)}
      ${panel(
        'usual',
        'The usual check-then-insert',
        html`<strong class="warning">This is the usual code; do not copy it.</strong> Select what overlaps; when nothing is found, insert
          (<code>${desk.checkThenInsert.file}</code>). ${desk.checkThenInsert.remark}`,
      )}
    </div>
  </main>`
  return frame({ title: `Front desk: the race on ${desk.title}`, script: '/race.js', attributes, content })
}

function panel(side: Side, title: string, words: Markup): Markup {
  return html`<section aria-labelledby="${side}-title" data-side="${side}">
  <h2 id="${side}-title">${title}</h2>
  <p class="subtitle">${words}</p>
  <p class="verdict" data-part="verdict">Not run yet.</p>
  <ol class="racers" data-part="answers" tabindex="0" aria-label="What the callers were told: ${title}"></ol>
</section>`
}
