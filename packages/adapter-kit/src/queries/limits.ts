import { refuse } from '../errors.ts'

export const maximumLimit = 100_000

export function checkLimit(entity: string, limit: unknown): number {
  if (typeof limit === 'number' && Number.isInteger(limit) && limit >= 1 && limit <= maximumLimit) return limit
  return refuse(
    'invalid-query',
    `${entity}: limit must be a whole number from 1 to ${maximumLimit.toLocaleString('en')}`,
    {
      entity,
      part: 'limit',
    },
  )
}

export function checkOffset(entity: string, offset: unknown): number {
  if (typeof offset === 'number' && Number.isSafeInteger(offset) && offset >= 0) return offset
  return refuse('invalid-query', `${entity}: offset must be a whole number, 0 or more`, { entity, part: 'offset' })
}

/** Refuses options that this version does not know, by name: one that is ignored would be a promise broken in silence. */
export function checkOptions(entity: string, call: string, options: unknown, known: readonly string[]): void {
  if (options === undefined) return
  if (typeof options !== 'object' || options === null) {
    refuse('invalid-query', `${entity}: ${call} takes an object of options`, { entity, part: call })
  }
  for (const option of Object.keys(options as object)) {
    if (!known.includes(option)) {
      refuse(
        'invalid-query',
        `${entity}: ${call} has no option "${option.slice(0, 40)}"; it knows ${known.join(', ')}`,
        {
          entity,
          part: option.slice(0, 40),
        },
      )
    }
  }
}
