const { tenant, day } = document.body.dataset
const raceButton = document.getElementById('race')
const status = document.getElementById('status')
const sections = [...document.querySelectorAll('section[data-storage]')]

raceButton.addEventListener('click', async () => {
  raceButton.disabled = true
  status.textContent = 'Twenty callers are on their way ...'
  const results = await Promise.all(sections.map(raceIn))
  status.textContent = results.join(' ')
  await refresh()
  raceButton.disabled = false
})

document.addEventListener('click', async ({ target }) => {
  const bookingId = target.dataset?.cancel
  if (!bookingId) return
  const section = target.closest('section')
  target.disabled = true
  const { problem } = await post(`/${section.dataset.storage}/bookings/${encodeURIComponent(bookingId)}/cancel`)
  status.textContent = problem ?? `Booking ${bookingId} is cancelled.`
  await refresh()
  section.querySelector('h2').focus()
})

/** Shows the race of one storage in its column; returns a sentence about it. */
async function raceIn(section) {
  const { storage, room } = section.dataset
  const title = section.querySelector('h2').textContent
  const place = section.querySelector('[data-part="race"]')
  const { problem, answer } = await post(`/${storage}/races`, { roomId: room, day })
  if (problem) {
    place.replaceChildren(element('p', problem, 'problem'))
    return `${title}: ${problem}`
  }
  const { slot, milliseconds, racers } = answer
  const winners = racers.filter(({ won }) => won)
  const sentence = `${winners.length} won, ${racers.length - winners.length} were refused.`
  const heading = element('h3', `Race for ${clock(slot.startsAt)}–${clock(slot.endsAt)}, ${milliseconds} ms`)
  const list = element('ol', '', 'racers')
  list.tabIndex = 0
  list.setAttribute('aria-label', `What the callers on ${title} were told`)
  for (const { caller, won, bookingId, message } of [...winners, ...racers.filter(({ won }) => !won)]) {
    const item = element('li', '', won ? 'won' : 'lost')
    item.append(
      element('strong', `Caller ${caller}:`),
      ` ${message.replace(bookingId, '')}`,
      element('code', bookingId),
    )
    list.append(item)
  }
  place.replaceChildren(heading, element('p', sentence), list)
  return `${title}: ${sentence}`
}

/** The server renders; this only puts the new parts in place. Once more a little later, when the outbox is drained. */
async function refresh() {
  for (const wait of [0, 500]) {
    await new Promise((resolve) => setTimeout(resolve, wait))
    const response = await fetch(location.href)
    if (!response.ok) return
    const fresh = new DOMParser().parseFromString(await response.text(), 'text/html')
    for (const section of sections) {
      for (const part of ['day', 'events']) {
        const selector = `section[data-storage="${section.dataset.storage}"] [data-part="${part}"]`
        section.querySelector(`[data-part="${part}"]`).replaceChildren(...fresh.querySelector(selector).childNodes)
      }
    }
  }
}

/** The answer, or a sentence that says why there is none. */
async function post(path, body) {
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'X-Tenant': tenant, 'Content-Type': 'application/json' },
      body: body && JSON.stringify(body),
    })
    const answer = await response.json()
    return response.ok ? { answer } : { problem: `${answer.title}. ${answer.detail}` }
  } catch {
    return { problem: 'The front desk does not answer. Is it still open?' }
  }
}

function element(name, text, className = '') {
  const made = document.createElement(name)
  made.textContent = text
  if (className) made.className = className
  return made
}

function clock(moment) {
  return moment.slice(11, 16)
}
