/**
 * The least text above every text that begins with `prefix`, in code point order; null when there is none. So a search by
 * prefix is a range, which an index serves and no wildcard in the prefix can widen.
 */
export function upperBoundOf(prefix: string): string | null {
  const points = Array.from(prefix)
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    const point = last.codePointAt(0) ?? 0
    if (point < 0x10ffff) return points.join('') + String.fromCodePoint(point === 0xd7ff ? 0xe000 : point + 1)
  }
  return null
}

/** The upper-case letters A-Z that have to be folded in a text that is searched for `needle`; others make no difference. */
export function lettersToFold(needle: string): string[] {
  return [...new Set(needle.toUpperCase().match(/[A-Z]/g) ?? [])]
}

/** Folds A-Z alone: what else counts as one letter differs from database to database, and from build to build. */
export function foldAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}
