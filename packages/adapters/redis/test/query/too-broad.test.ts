import { always, type Order, type Predicate, storedEntity } from '@portolan/adapter-kit'
import { defineEntity, instant, integer, json, text } from '@portolan/ports'
import { expect, test } from 'vitest'
import { definitionOf } from '../../src/definition.ts'
import { helpful, tooBroad } from '../../src/query/too-broad.ts'

const Visit = defineEntity({
  name: 'visit',
  scope: 'shop',
  fields: { guest: text(), at: instant(), state: text().nullable(), spent: integer(), more: json().nullable() },
  indexes: { byGuest: ['guest', 'at'] },
})
const definition = definitionOf(storedEntity(Visit))

const eq = (field: string): Predicate => ({ op: 'eq', field, value: 'secret' })
const above: Predicate = { op: 'gt', field: 'spent', value: 3 }
const all = (...parts: Predicate[]): Predicate => ({ op: 'all', parts })
const by = (...fields: string[]): Order[] =>
  [...fields, 'id'].map((field) => ({ field, direction: 'asc', nullable: false }))

test.each<[string, Predicate, Order[], string[] | null]>([
  ['nothing to begin with', always, by(), null],
  ['an equality', eq('state'), by(), ['state']],
  ['a range', above, [], ['spent']],
  ['equalities first, then the order', all(above, eq('state')), by('at'), ['state', 'at']],
  ['a range where no order is asked', all(above, eq('state')), [], ['state', 'spent']],
  [
    'null and several values are equalities',
    all({ op: 'isNull', field: 'state' }, { op: 'in', field: 'spent', values: [1] }),
    [],
    ['state', 'spent'],
  ],
  ['an equality in the order', eq('state'), by('state', 'at'), ['state', 'at']],
  ['there is one already', eq('guest'), by('at'), null],
  ['text that begins so', { op: 'startsWith', field: 'state', value: 's', negated: false }, [], ['state']],
  ['what no index can find', { op: 'contains', field: 'state', value: 's', negated: false }, [], null],
])('%s', (_, where, order, fields) => {
  expect(helpful(definition, { where, order })).toEqual(fields)
})

test('the error names entity, bound and index, and no value', () => {
  const error = tooBroad(definition, { where: eq('state'), order: by('at') }, 10_000)
  expect(error.code).toBe('query-too-broad')
  expect(error.data).toEqual({ entity: 'visit', limit: 10_000 })
  expect(error.message).toMatch(/visit.*10000.*\(state, at\)/)
  expect(error.message).not.toContain('secret')
  expect(tooBroad(definition, { where: always }, 5).message).toMatch(/narrow the query/)
})
