import type { Core } from './core.ts'
import { refuse } from './errors.ts'
import { compareText } from './queries/position.ts'
import type { Reads } from './spi/index.ts'
import { isKey, maximumKeyBytes } from './values/text.ts'

/** Guard keys in the one order that every call takes them in, which keeps calls from waiting for each other in a ring. */
export function sortGuards(given: unknown, call: string): string[] {
  const keys = Array.isArray(given) ? given : [given]
  if (keys.length === 0) refuse('invalid-value', `${call}: no guard key was given`, { entity: '', field: 'guard' })
  for (const key of keys) {
    if (!isKey(key)) {
      refuse('invalid-value', `${call}: a guard key must be text of 1 to ${maximumKeyBytes} bytes, without NUL`, {
        entity: '',
        field: 'guard',
      })
    }
  }
  return inOneOrder(keys as string[])
}

export function inOneOrder(keys: Iterable<string>): string[] {
  return [...new Set(keys)].sort(compareText)
}

export function checkGuardsPossible(core: Core, reads: Reads, call: string): void {
  if (reads === 'snapshot' && !core.driver.capabilities.guardsInSnapshot) {
    refuse(
      'unsupported',
      `${call}: ${core.driver.name} has no guards in snapshot transactions; use { reads: 'latest' }`,
      {
        what: 'guardsInSnapshot',
      },
    )
  }
}
