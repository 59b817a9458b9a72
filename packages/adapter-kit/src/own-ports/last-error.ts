import { refuse } from '../errors.ts'
import { describe } from '../values/text.ts'

export const maximumErrorLength = 2_000

function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd')
}

/**
 * What is kept of an error's text: at most 2,000 UTF-16 units, the last of which then say that it was cut. NUL and halves of
 * surrogate pairs become U+FFFD: what went wrong is the last thing that may keep a message from being given back.
 */
export function keptError(entity: string, error: unknown): string {
  if (typeof error !== 'string') {
    return refuse(
      'invalid-value',
      `${entity}.error must be text, but is ${describe(error)}: give error.message or its like`,
      {
        entity,
        field: 'error',
      },
    )
  }
  if (error.length <= maximumErrorLength) return storable(error)
  const note = ` ... (cut, ${error.length} characters in all)`
  let end = maximumErrorLength - note.length
  const last = error.charCodeAt(end - 1)
  if (last >= 0xd800 && last <= 0xdbff) end--
  return storable(error.slice(0, end)) + note
}
