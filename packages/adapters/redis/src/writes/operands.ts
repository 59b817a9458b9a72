import type { Changes, Conditions, Predicate } from '@portolan/adapter-kit'
import type { StoredOperand, Tokens } from '../calls.ts'
import type { KnownDefinition } from '../definition.ts'
import { component } from '../encoding/members.ts'
import { encodeValue, type StoredText } from '../encoding/values.ts'
import { storedOperand, tokensOf } from '../query/tokens.ts'

/** What precedes the id in the key of a row. */
export function scopePrefix(scope: string | null): string {
  return scope === null ? '' : component(scope)
}

/** A place and what it shall hold; or what is added to it, where the last is 1 to an integer, 2 to a float; 3: the place to copy. */
export type SetMessage = readonly (readonly [place: number, value: StoredOperand, how: 0 | 1 | 2 | 3])[]

export function setMessage(known: KnownDefinition, set: Changes): SetMessage {
  return Object.entries(set).map(([field, change]) => {
    const place = known.places.get(field) ?? 0
    if (typeof change === 'object' && change !== null && 'field' in change)
      return [place, known.places.get(change.field) ?? 0, 3]
    if (typeof change !== 'object' || change === null || !('increment' in change))
      return [place, storedOperand(known, field, change), 0]
    const float = known.definition.fields[place - 2]?.kind === 'float'
    return [place, encodeValue(float ? 'float' : 'integer', change.increment), float ? 2 : 1]
  })
}

/** false: nothing is asked. */
export type ConditionsMessage = readonly [
  expect: Tokens | false,
  require: Tokens | false,
  version: StoredText,
  versionPlace: number,
  where: Tokens | false,
]

export function conditionsMessage(known: KnownDefinition, conditions: Conditions): ConditionsMessage {
  const tokens = (predicate: Predicate | null): Tokens | false => predicate !== null && tokensOf(known, predicate)
  const { expect, require, version, where } = conditions
  return [
    tokens(expect),
    tokens(require),
    encodeValue('integer', version),
    known.places.get('version') ?? 0,
    tokens(where),
  ]
}
