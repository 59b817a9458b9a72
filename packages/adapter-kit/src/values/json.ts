import { refuse } from '../errors.ts'
import { describe, isStorable } from './text.ts'

export const maximumJsonDepth = 64

/** The JSON text of a value that JSON can hold exactly. Everything else is refused, with the path to it. */
export function toJsonText(entity: string, field: string, value: unknown): string {
  const bad = (path: string, why: string): never =>
    refuse('invalid-value', `${entity}.${field}${path} ${why}`, { entity, field })
  const check = (part: unknown, path: string, depth: number): void => {
    if (typeof part === 'string') {
      if (!isStorable(part)) bad(path, 'holds NUL or half of a surrogate pair')
    } else if (typeof part === 'number') {
      if (!Number.isFinite(part)) bad(path, `is ${describe(part)}, which JSON cannot hold`)
    } else if (typeof part === 'object' && part !== null) {
      if (depth >= maximumJsonDepth) bad('', `is nested deeper than ${maximumJsonDepth}, or holds itself`)
      if (Array.isArray(part)) {
        for (let index = 0; index < part.length; index++) check(part[index], `${path}[${index}]`, depth + 1)
        return
      }
      const prototype: unknown = Object.getPrototypeOf(part)
      if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
        bad(path, 'is no plain object (a Date, Map or other class instance): convert it first')
      }
      if (Object.getOwnPropertySymbols(part).length > 0) bad(path, 'has a symbol for a key, which JSON cannot hold')
      for (const key of Object.keys(part)) {
        if (!isStorable(key)) bad(path, 'has a key that holds NUL or half of a surrogate pair')
        check((part as Record<string, unknown>)[key], `${path}.*`, depth + 1)
      }
    } else if (typeof part !== 'boolean' && part !== null) {
      bad(path, `is ${describe(part)}, which JSON cannot hold`)
    }
  }
  check(value, '', 0)
  return JSON.stringify(value)
}
