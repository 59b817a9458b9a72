import type { KeyValueItem } from '@portolan/ports'

/**
 * An entry of this generation that has not ended by this clock; null for any other. Redis removes by itself what has ended by its
 * own clock, so only the option `clock` is compared with.
 */
export function readEntry(stored: Buffer | null, generation: string, clock: number | null): KeyValueItem | null {
  if (stored === null) return null
  const text = stored.toString('utf8')
  if (!text.startsWith(generation) || text[generation.length] !== ' ') return null
  const entry = partsOf(text, generation.length + 1)
  return clock !== null && hasEnded(entry, clock) ? null : entry
}

/** At this moment of the store's clock, in epoch milliseconds. */
export function hasEnded({ expiresAt }: Pick<KeyValueItem, 'expiresAt'>, now: number): boolean {
  return expiresAt !== null && Date.parse(expiresAt) <= now
}

/** An entry that a script has judged already. */
export function readWhole(stored: Buffer | null): KeyValueItem | null {
  if (stored === null) return null
  const text = stored.toString('utf8')
  return partsOf(text, text.indexOf(' ') + 1)
}

function partsOf(text: string, endsAt: number): KeyValueItem {
  const afterEnds = text.indexOf(' ', endsAt)
  const afterRevision = text.indexOf(' ', afterEnds + 1)
  return {
    value: text.slice(afterRevision + 1),
    revision: text.slice(afterEnds + 1, afterRevision),
    expiresAt: afterEnds === endsAt ? null : new Date(Number(text.slice(endsAt, afterEnds))).toISOString(),
  }
}
