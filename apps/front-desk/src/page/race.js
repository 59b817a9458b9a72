const { tenant, storage } = document.body.dataset
const button = document.getElementById('race')
const status = document.getElementById('status')

button.addEventListener('click', async () => {
  button.disabled = true
  status.textContent = 'They are on their way ...'
  for (const side of ['ports', 'usual']) {
    part(side, 'answers').replaceChildren()
    part(side, 'verdict').textContent = 'Running ...'
    part(side, 'verdict').className = 'verdict'
  }
  status.textContent = (await raceTogether()) ?? 'Done.'
  button.disabled = false
})

/** Shows each line as it comes; returns a sentence when the race did not finish. */
async function raceTogether() {
  let finished = 0
  try {
    const response = await fetch(`/${storage}/comparisons`, { method: 'POST', headers: { 'X-Tenant': tenant } })
    for await (const line of linesOf(response)) {
      if (line.problem || line.detail) return sentenceOf(line.problem ?? line)
      if ('standing' in line) finished += conclude(line)
      else showAnswer(line)
    }
  } catch {}
  return finished === 2 ? undefined : 'The front desk does not answer any more. Is it still open?'
}

async function* linesOf(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { value, done } = await reader.read()
    const lines = `${rest}${value ?? ''}`.split('\n')
    rest = done ? '' : lines.pop()
    for (const line of lines) if (line) yield JSON.parse(line)
    if (done) return
  }
}

function showAnswer({ side, caller, booked, message }) {
  const item = document.createElement('li')
  item.className = booked ? 'won' : 'lost'
  const name = document.createElement('strong')
  name.textContent = `Caller ${caller}:`
  item.append(name, ` ${message}`)
  part(side, 'answers').append(item)
}

function conclude({ side, standing, milliseconds }) {
  const verdict = part(side, 'verdict')
  const stand = standing === 1 ? 'One booking stands' : `${standing} bookings stand`
  const judgement = standing === 1 ? 'As it should be.' : `That is ${standing - 1} too many.`
  verdict.textContent = `${stand} for one room and one hour, after ${milliseconds} ms. ${judgement}`
  verdict.className = `verdict ${standing === 1 ? 'sound' : 'broken'}`
  return 1
}

function sentenceOf({ title, detail }) {
  return `${title}. ${detail}`
}

function part(side, name) {
  return document.querySelector(`[data-side="${side}"] [data-part="${name}"]`)
}
