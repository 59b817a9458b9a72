import type { Operand, Predicate } from '@portolan/adapter-kit'
import type { StoredOperand, Tokens } from '../calls.ts'
import type { KnownDefinition } from '../definition.ts'
import { encodeValue } from '../encoding/values.ts'

type Known = Pick<KnownDefinition, 'definition' | 'places'>

/** A predicate as Lua compiles it (calls.ts). Fields that the stored definition lacks have been refused before. */
export function tokensOf(known: Known, predicate: Predicate): Tokens {
  const tokens: (string | number | false)[] = []
  place(known, predicate, tokens)
  return tokens
}

/** An operand as it is stored; a number stands for an instant of the store's clock. */
export function storedOperand({ definition, places }: Known, field: string, value: Operand): StoredOperand {
  if (typeof value === 'object' && value !== null) return value.clock
  const kind = definition.fields[(places.get(field) ?? 0) - 2]?.kind ?? 'text'
  return encodeValue(kind, value)
}

function place(known: Known, predicate: Predicate, tokens: (string | number | false)[]): void {
  if (predicate.op === 'all' || predicate.op === 'any') {
    tokens.push(predicate.op, predicate.parts.length)
    for (const part of predicate.parts) place(known, part, tokens)
    return
  }
  const { field } = predicate
  tokens.push(predicate.op, known.places.get(field) ?? 0)
  switch (predicate.op) {
    case 'isNull':
    case 'isNotNull':
      return
    case 'in':
    case 'notIn':
      tokens.push(predicate.values.length)
      for (const value of predicate.values) tokens.push(storedOperand(known, field, value))
      return
    case 'startsWith':
    case 'contains':
    case 'containsIgnoringCase':
      tokens.push(predicate.value, predicate.negated ? 1 : 0)
      return
    default:
      tokens.push(storedOperand(known, field, predicate.value))
  }
}
