import { refuse } from '../errors.ts'
import type { Scalar } from '../spi/index.ts'

/**
 * A position as opaque text. `context` (entity, scope, order) goes into its checksum, so that a cursor of another list, or a
 * damaged one, is refused. It is no secret and no proof: a reader can decode it, and whoever forges one gets no other rows
 * than the query gives anyway.
 */
export function encodeCursor(context: string, values: readonly Scalar[]): string {
  const text = JSON.stringify(values)
  const bytes = new TextEncoder().encode(`${checksum(`${context} ${text}`)}${text}`)
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

export function decodeCursor(entity: string, context: string, cursor: unknown, length: number): Scalar[] {
  const bad = (): never =>
    refuse('invalid-cursor', `${entity}: the cursor is damaged or belongs to another list; begin again without one`, {
      entity,
    })
  if (typeof cursor !== 'string' || !/^[A-Za-z0-9_-]+$/.test(cursor)) return bad()
  let values: unknown
  try {
    const binary = atob(cursor.replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0))
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    if (text.slice(0, 14) !== checksum(`${context} ${text.slice(14)}`)) return bad()
    values = JSON.parse(text.slice(14))
  } catch {
    return bad()
  }
  const isScalar = (value: unknown): boolean => value === null || ['string', 'number', 'boolean'].includes(typeof value)
  if (!Array.isArray(values) || values.length !== length || !values.every(isScalar)) return bad()
  return values as Scalar[]
}

/** 53 bits by two multiplicative hashes, as 14 hexadecimal digits: against accidents, not against forgers. */
function checksum(text: string): string {
  let high = 0xdeadbeef
  let low = 0x41c6ce57
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    high = Math.imul(high ^ unit, 2654435761)
    low = Math.imul(low ^ unit, 1597334677)
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909)
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909)
  return (4294967296 * (2097151 & low) + (high >>> 0)).toString(16).padStart(14, '0')
}
