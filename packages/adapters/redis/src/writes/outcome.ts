import { type Refusal, refuse, type StoredEntity } from '@portolan/adapter-kit'
import type { Reply } from '../client.ts'
import type { KnownDefinition } from '../definition.ts'
import { rowOf } from '../encoding/rows.ts'
import { decodeValue } from '../encoding/values.ts'
import { unknownAnswer } from '../errors.ts'

/** What a script answered after 'ok': a word, and what belongs to it. */
export interface Answer {
  readonly word: string
  readonly parts: readonly Reply[]
  readonly known: KnownDefinition
}

/** The refusal that an answer tells, if it tells none of success. */
export function refusalOf({ word, parts, known }: Answer, entity: StoredEntity): Refusal {
  const [first = null, second = null] = parts
  const { definition } = known
  const fieldAt = (place: Reply): string => definition.fields[Number(place) - 2]?.name ?? ''
  switch (word) {
    case 'changed':
      return { kind: 'changed' }
    case 'invalid':
      return { kind: 'invalid', id: String(first) }
    case 'condition':
      return { kind: 'condition', id: String(first), row: rowOf(known, second as Buffer, Object.keys(entity.fields)) }
    case 'stale':
      return { kind: 'stale', id: String(first), actual: Number(decodeValue('integer', String(second))) }
    case 'out-of-range':
      return { kind: 'out-of-range', id: String(first), field: fieldAt(second) }
    case 'duplicate': {
      const unique = definition.unique[Number(first) - 1]?.name ?? 'id'
      return { kind: 'duplicate', unique, id: String(second) }
    }
    case 'unless':
      return { kind: 'unless', ids: (first as readonly Reply[]).map(String) }
    case 'overlap':
      return { kind: 'overlap', rule: definition.rules[Number(first) - 1]?.name ?? '', id: String(second) }
    case 'unfit':
      return unfit(entity, String(first), fieldAt(second))
    default:
      throw unknownAnswer()
  }
}

/** Only foreign writes lead here: adding to what is no number would store a guess. */
function unfit({ name }: StoredEntity, id: string, field: string): never {
  const message = `${name} ${id}: the stored ${field} is not a number, so nothing can be added to it; correct the row`
  return refuse('invalid-stored-value', message, { entity: name, id, field })
}
