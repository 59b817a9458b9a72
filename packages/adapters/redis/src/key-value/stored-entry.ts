import type { OwnEntry } from './session-entries.ts'

/**
 * An entry of this generation that has not ended by this clock; null for any other. Redis removes by itself what has ended by its
 * own clock, so only the option `clock` is compared with.
 */
export function readEntry(stored: Buffer | null, generation: string, clock: number | null): OwnEntry | null {
  if (stored === null) return null
  const text = stored.toString('utf8')
  if (!text.startsWith(generation) || text[generation.length] !== ' ') return null
  const entry = partsOf(text, generation.length + 1)
  return clock !== null && entry.endsAt !== null && entry.endsAt <= clock ? null : entry
}

/** An entry that a script has judged already. */
export function readWhole(stored: Buffer | null): OwnEntry | null {
  if (stored === null) return null
  const text = stored.toString('utf8')
  return partsOf(text, text.indexOf(' ') + 1)
}

function partsOf(text: string, revisionAt: number): OwnEntry {
  const afterRevision = text.indexOf(' ', revisionAt)
  const afterEnd = text.indexOf(' ', afterRevision + 1)
  const ends = text.slice(afterRevision + 1, afterEnd)
  return {
    value: text.slice(afterEnd + 1),
    revision: text.slice(revisionAt, afterRevision),
    endsAt: ends === '' ? null : Number(ends),
  }
}
