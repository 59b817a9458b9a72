import type { Model } from '../entities/model.ts'
import { refuse } from '../errors.ts'
import { all, always, any, never, type Predicate, type Scalar, type StoredField } from '../spi/index.ts'
import { encodeValue } from '../values/field-value.ts'
import { isMoment } from '../values/instant.ts'
import { checkKey, checkText } from '../values/text.ts'

const maximumDepth = 32
const comparisons = ['lt', 'lte', 'gt', 'gte'] as const
const opposite = { lt: 'gte', lte: 'gt', gt: 'lte', gte: 'lt' } as const
const searches = ['startsWith', 'contains', 'containsIgnoringCase'] as const

/**
 * A user's filter as a predicate. `not` is pushed down to the single conditions here, once, so that no database's
 * three-valued logic gets a say in what happens to null. Throws `invalid-query` naming the entity and the part.
 */
export function compileWhere(model: Model, where: unknown, part = 'where'): Predicate {
  return compileFilter(model, where, part, false, 0)
}

function compileFilter(model: Model, filter: unknown, part: string, negated: boolean, depth: number): Predicate {
  const bad = (why: string): never =>
    refuse('invalid-query', `${model.name}: ${part} ${why}`, { entity: model.name, part })
  if (!isPlainObject(filter)) return bad('must be an object of conditions')
  if (depth > maximumDepth) return bad(`is nested deeper than ${maximumDepth}`)
  const parts: Predicate[] = []
  for (const [name, value] of Object.entries(filter)) {
    const here = `${part}.${name}`
    if (value === undefined) {
      return refuse(
        'invalid-query',
        `${model.name}: ${here} is undefined, which would widen the query: leave it out or give null`,
        {
          entity: model.name,
          part: here,
        },
      )
    }
    if (name === 'not') {
      parts.push(compileFilter(model, value, here, !negated, depth + 1))
    } else if (name === 'and' || name === 'or') {
      if (!Array.isArray(value)) return bad(`has an "${name}" that is no array`)
      const inner = value.map((each, index) => compileFilter(model, each, `${here}[${index}]`, negated, depth + 1))
      parts.push((name === 'and') !== negated ? all(...inner) : any(...inner))
    } else {
      const field = model.fields.get(name)
      if (!field || name === model.stored.scope) return bad(`names "${name}", which is no field of ${model.name}`)
      if (field.kind === 'json') return bad(`names "${name}": a json field can't be compared`)
      parts.push(compileField(model, name, field, value, here, negated))
    }
  }
  return negated ? any(...parts) : all(...parts)
}

function compileField(
  model: Model,
  name: string,
  field: StoredField,
  given: unknown,
  part: string,
  negated: boolean,
): Predicate {
  const bad = (why: string): never =>
    refuse('invalid-query', `${model.name}: ${part} ${why}`, { entity: model.name, part })
  if (given === null || typeof given !== 'object' || isMoment(given))
    return compileOperator(model, name, field, 'eq', given, negated, bad)
  if (!isPlainObject(given)) return bad('must be a value or an object of operators')
  const operators = Object.entries(given)
  if (operators.length === 0) return bad('has no operator')
  const parts = operators.map(([operator, value]) => {
    if (value === undefined) return bad(`has an undefined ${operator}, which would widen the query: leave it out`)
    return compileOperator(model, name, field, operator, value, negated, bad)
  })
  return negated ? any(...parts) : all(...parts)
}

function compileOperator(
  model: Model,
  name: string,
  field: StoredField,
  operator: string,
  given: unknown,
  negated: boolean,
  bad: (why: string) => never,
): Predicate {
  const operand = (value: unknown): Exclude<Scalar, null> => {
    if (name === 'id') return checkKey(model.name, name, value)
    return encodeValue(model.name, name, { ...field, nullable: false }, value) as Exclude<Scalar, null>
  }
  const isNull: Predicate = field.nullable ? { op: 'isNull', field: name } : never
  const isNotNull: Predicate = field.nullable ? { op: 'isNotNull', field: name } : always
  if (operator === 'eq' || operator === 'ne') {
    const equal = (operator === 'eq') !== negated
    if (given === null) return equal ? isNull : isNotNull
    return { op: equal ? 'eq' : 'ne', field: name, value: operand(given) }
  }
  if (operator === 'in' || operator === 'notIn') {
    if (!Array.isArray(given)) return bad(`has an "${operator}" that is no array`)
    if (given.includes(undefined)) return bad(`has an undefined among the values of "${operator}": leave it out`)
    const values = [...new Set(given.filter((value) => value !== null).map(operand))]
    const among: Predicate = values.length ? { op: 'in', field: name, values } : never
    const outside: Predicate = values.length ? { op: 'notIn', field: name, values } : always
    if (operator === 'in') return negated ? outside : among
    const withoutNull = given.includes(null)
    if (negated) return withoutNull ? any(among, isNull) : among
    return withoutNull ? all(outside, isNotNull) : outside
  }
  const comparison = comparisons.find((each) => each === operator)
  if (comparison) {
    if (given === null) return bad(`compares by "${operator}" with null: use eq or ne`)
    const value = operand(given)
    if (!negated) return { op: comparison, field: name, value }
    return any({ op: opposite[comparison], field: name, value }, isNull)
  }
  const search = searches.find((each) => each === operator)
  if (search) {
    if (field.kind !== 'text' && field.kind !== 'one-of')
      return bad(`searches by "${operator}" in a field that is no text`)
    const value = checkText(model.name, name, given)
    if (value === '') return negated ? isNull : isNotNull
    return { op: search, field: name, value, negated }
  }
  return bad(`has an operator "${operator.slice(0, 40)}" that this version does not know`)
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
