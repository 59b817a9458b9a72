import { refuse } from '../errors.ts'
import { describe } from '../values/text.ts'

/** What a token tells: the record that it belongs to, and for how long the result is to be kept. */
export interface TokenParts {
  readonly id: string
  readonly keepMs: number | null
}

const form = /^([A-Za-z0-9_-]{43})\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.(\d{0,13})$/

/** The record's id comes first, so that whoever holds the token finds the record by its primary key, in one operation. */
export function makeToken(id: string, keepMs: number | null): string {
  return `${id}.${crypto.randomUUID()}.${keepMs ?? ''}`
}

/**
 * null: the text has not the form of a token, so it proves no lease. What it tells need not be trusted: the record holds the
 * whole token, and nothing is written unless that is the same text.
 */
export function readToken(entity: string, token: unknown): TokenParts | null {
  if (typeof token !== 'string') {
    return refuse(
      'invalid-value',
      `${entity}.token must be the token that reserve returned, but is ${describe(token)}`,
      { entity, field: 'token' },
    )
  }
  const [, id, keepMs] = form.exec(token) ?? []
  if (id === undefined) return null
  return { id, keepMs: keepMs ? Number(keepMs) : null }
}
