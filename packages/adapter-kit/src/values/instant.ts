import type { StoreClock } from '../queries/row-test.ts'

const fixedWidth = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/

/** Whether the text is an instant as it is stored: fixed width, a day that exists, years 0001 to 9999. */
export function isInstant(text: unknown): text is string {
  if (typeof text !== 'string' || !fixedWidth.test(text) || text.startsWith('0000')) return false
  const time = Date.parse(text)
  return !Number.isNaN(time) && new Date(time).toISOString() === text
}

/** The instant as stored, or null when the input is none. Fixed width makes text order and time order the same. */
export function toInstant(input: unknown): string | null {
  if (typeof input === 'string') return isInstant(input) ? input : null
  const milliseconds = epochMilliseconds(input)
  if (milliseconds === null || !Number.isInteger(milliseconds) || Math.abs(milliseconds) > 8.64e15) return null
  const text = new Date(milliseconds).toISOString()
  return isInstant(text) ? text : null
}

const firstMoment = Date.parse('0001-01-01T00:00:00.000Z')
const lastMoment = Date.parse('9999-12-31T23:59:59.999Z')

/** A store's clock, standing still at this moment of epoch milliseconds. What lies beyond the range of instants is its end. */
export function storeClockAt(now: number): StoreClock {
  return (plus) => new Date(Math.min(Math.max(firstMoment, now + plus), lastMoment)).toISOString()
}

/** Whether an object stands for a moment rather than for operators. */
export function isMoment(input: unknown): boolean {
  return epochMilliseconds(input) !== null
}

function epochMilliseconds(input: unknown): number | null {
  if (input instanceof Date) return input.getTime()
  if (typeof input !== 'object' || input === null || !('epochMilliseconds' in input)) return null
  return typeof input.epochMilliseconds === 'number' ? input.epochMilliseconds : null
}
