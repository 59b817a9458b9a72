import { refuse } from '../errors.ts'

/** Bytes of an id, a part of a key, a scope, a guard or a namespace, as UTF-8. */
export const maximumKeyBytes = 512

const encoder = new TextEncoder()

export function byteLength(text: string): number {
  return encoder.encode(text).length
}

/** Whether every adapter can keep the text: no NUL, no lone surrogate. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

/** Whether the text can be an id or a part of a key. */
export function isKey(text: unknown): text is string {
  return (
    typeof text === 'string' &&
    text !== '' &&
    isStorable(text) &&
    (text.length * 3 <= maximumKeyBytes || byteLength(text) <= maximumKeyBytes)
  )
}

export function checkText(entity: string, field: string, value: unknown): string {
  if (typeof value !== 'string') {
    return refuse('invalid-value', `${entity}.${field} must be text, but is ${describe(value)}`, { entity, field })
  }
  if (value.includes('\0')) {
    return refuse('invalid-value', `${entity}.${field} holds the character NUL, which not every database keeps`, {
      entity,
      field,
    })
  }
  if (!value.isWellFormed()) {
    return refuse('invalid-value', `${entity}.${field} holds half of a surrogate pair: it is not valid Unicode`, {
      entity,
      field,
    })
  }
  return value
}

/** Ids, scopes and parts of natural keys. */
export function checkKey(entity: string, field: string, value: unknown): string {
  const text = checkText(entity, field, value)
  if (text === '')
    refuse('invalid-value', `${entity}.${field} is empty: a key must have at least one character`, { entity, field })
  if (!isKey(text)) {
    const bytes = byteLength(text)
    refuse('invalid-value', `${entity}.${field} has ${bytes} bytes: a key has at most ${maximumKeyBytes}`, {
      entity,
      field,
    })
  }
  return text
}

/** Names a value's type, never the value. */
export function describe(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'number' && !Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : 'infinite'
  return typeof value === 'object' ? 'an object' : typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`
}
