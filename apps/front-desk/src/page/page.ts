import { html } from 'hono/html'
import { dayAfter } from '../domain/day.ts'
import type { Delivery } from '../relay/delivery-log.ts'
import { frame, type Markup } from './frame.ts'
import type { Column, PageView, ShownBooking } from './view.ts'

/** The whole page. `html` escapes whatever stands in the braces. */
export function page(view: PageView): Markup {
  const { day, roomCode, rooms, columns, tenantId } = view
  const title = `Front desk: ${rooms.find(({ code }) => code === roomCode)?.name ?? 'no room'}, ${day.name}`
  const attributes = html` data-tenant="${tenantId}" data-day="${day.name}"`
  const content = html`
  <header>
    <h1>Front desk</h1>
    <p>One booking service, written once on <code>@portolan/ports</code>, on ${columns.length} storages side by side.
      Press the button: twenty callers want the same free hour at the same moment, and exactly one may have it.
      <a href="/race">The same race next to the usual code</a></p>
  </header>
  <main>
    <form method="get" action="/" class="choice">
      <p><label for="room">Room</label>
        <select id="room" name="room">${rooms.map(
          ({ code, name, seats }) =>
            html`<option value="${code}"${code === roomCode ? html` selected` : ''}>${name} (${seats} seats)</option>`,
        )}</select></p>
      <p><label for="day">Day (UTC)</label>
        <input id="day" name="day" type="date" value="${day.name}" required></p>
      <p><button type="submit">Show</button></p>
      <nav aria-label="Days">
        <a href="${hrefOf(roomCode, dayAfter(day, -1).name)}">Day before</a>
        <a href="${hrefOf(roomCode, dayAfter(day, 1).name)}">Day after</a>
      </nav>
    </form>
    <p class="race"><button type="button" id="race" class="strong">Let 20 callers race for the next free hour</button>
      <span id="status" role="status"></span></p>
    <noscript><p>The race needs JavaScript. Rooms and days work without it.</p></noscript>
    <div class="columns">${columns.map(columnSection)}</div>
  </main>
  <footer><p>The same services answer over HTTP: ${columns.map(
    ({ name }, index) =>
      html`${index === 0 ? '' : index === columns.length - 1 ? ' and ' : ', '}<code>/${name}/bookings</code>`,
  )}, with the header <code>X-Tenant: ${tenantId}</code>.</p></footer>`
  return frame({ title, script: '/page.js', attributes, content })
}

function columnSection(column: Column): Markup {
  const { name, title, subtitle, roomId, bookings, deliveries, problem } = column
  return html`
<section aria-labelledby="${name}-title" data-storage="${name}" data-room="${roomId ?? ''}">
  <h2 id="${name}-title" tabindex="-1">${title}</h2>
  <p class="subtitle">${subtitle}</p>
  <div data-part="race"></div>
  <div data-part="day">
    <h3>Bookings of the day</h3>
    ${problem === null ? bookingList(bookings, title) : html`<p class="problem">${problem}</p>`}
  </div>
  <div data-part="events">
    <h3>Delivered by the outbox</h3>
    ${deliveryList(deliveries)}
  </div>
</section>`
}

function bookingList(bookings: readonly ShownBooking[], storage: string): Markup {
  if (bookings.length === 0) return html`<p class="empty">No booking on this day.</p>`
  return html`<ol class="bookings">${bookings.map(
    ({ id, guest, room, startsAt, endsAt }) => html`
    <li>
      <span class="time"><time datetime="${startsAt}">${clock(startsAt)}</time>–<time datetime="${endsAt}">${clock(endsAt)}</time></span>
      <span class="who">${guest}${room === null ? '' : html` <em>in ${room}</em>`}</span>
      <button type="button" data-cancel="${id}" aria-label="Cancel ${guest}, ${clock(startsAt)}, on ${storage}">Cancel</button>
      <code>${id}</code>
    </li>`,
  )}</ol>`
}

function deliveryList(deliveries: readonly Delivery[]): Markup {
  if (deliveries.length === 0) return html`<p class="empty">Nothing since the start.</p>`
  return html`<ol class="events">${deliveries
    .slice(0, 5)
    .map(
      ({ topic, payload: { bookingId, guest, startsAt, endsAt } }) =>
        html`<li>${topic}: ${guest}, ${clock(startsAt)}–${clock(endsAt)} <code>${bookingId}</code></li>`,
    )}</ol>`
}

/** The time of day in UTC: 09:00. */
function clock(moment: string): string {
  return moment.slice(11, 16)
}

function hrefOf(room: string, day: string): string {
  return `/?${new URLSearchParams({ room, day })}`
}
