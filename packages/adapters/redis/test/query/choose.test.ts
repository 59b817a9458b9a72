import { type Order, type Predicate, type Scalar, storedEntity } from '@portolan/adapter-kit'
import { defineEntity, instant, integer, text } from '@portolan/ports'
import { describe, expect, test } from 'vitest'
import type { Bound, Candidate, Find, Position } from '../../src/calls.ts'
import { type Definition, definitionOf, placesOf } from '../../src/definition.ts'
import { findOf, type Query } from '../../src/query/choose.ts'

const Booking = defineEntity({
  name: 'booking',
  scope: 'hotel',
  fields: { room: text(), guest: text().nullable(), at: instant(), beds: integer(), code: text().nullable() },
  unique: { byCode: ['code'], bySlot: ['room', 'at'] },
  indexes: { byRoom: ['room', 'at'], byGuest: ['guest', 'room', 'beds'] },
})
const definition = definitionOf(storedEntity(Booking))
const names = ['id', ...definition.indexes.map(({ name }) => name)]

const plain: Query = { scope: 'h', where: { op: 'all', parts: [] }, order: [], after: null, limit: null, offset: 0 }
const made = (query: Partial<Query>, given: Definition = definition): Find =>
  findOf({ revision: 'r', definition: given, places: placesOf(given) }, 1, { ...plain, ...query }, 100)

const eq = (field: string, value: Exclude<Scalar, null>): Predicate => ({ op: 'eq', field, value })
const all = (...parts: Predicate[]): Predicate => ({ op: 'all', parts })
const any = (...parts: Predicate[]): Predicate => ({ op: 'any', parts })
const by = (...fields: string[]): Order[] =>
  [...fields, fields.at(-1)?.startsWith('-') ? '-id' : 'id'].map((field) => ({
    field: field.replace('-', ''),
    direction: field.startsWith('-') ? 'desc' : 'asc',
    nullable: field.includes('guest'),
  }))

/** Components as `value|`, null as `~`, any but null `+`, the scope left out; `>`: beyond all that begins so. */
const shown = (text: string): string => {
  const rest = text.replace('\u0002h\u0000', '')
  const closed = rest.endsWith('\u0002') ? `${rest.slice(0, -1)}+` : rest
  return closed.replaceAll('\u0001', '~').replaceAll('\u0002', '').replaceAll('\u0000', '|')
}
const bound = ([at, clock, beyond]: Bound): string =>
  `${shown(at)}${clock === false ? '' : `<${clock}>|`}${beyond ? '>' : ''}`
const position = (after: Position | false): string =>
  after === false ? '' : ` after ${after.slice(1).map((text) => shown(String(text)))}${after[0] ? ' inclusive' : ''}`

function candidate([way, exact, ordered]: Candidate): string {
  const marks = `${exact ? ' exact' : ''}${ordered ? ' ordered' : ''}`
  if (way[0] === 'rows') return `rows ${way[1].map(shown)}${marks}`
  if (way[0] === 'key') return `${definition.unique[way[1] - 1]?.name} ${way[2].map(shown)}${marks}`
  const ranges = way[2].map(([from, to, after]) => `${bound(from)}..${bound(to)}${position(after)}`)
  const walk = way[3] ? ` walk ${way[3].map(([count, down]) => `${down ? '-' : ''}${count}`)}` : ''
  return `${names[way[1] - 1]} [${ranges.join(', ')}]${walk}${marks}`
}
const plans = (query: Partial<Query>, given?: Definition): string[] =>
  made(query, given)[2].map((branches) => branches.map((branch) => branch.map(candidate).join(' or ')).join(' and '))

const cases: [string, Partial<Query>, string[]][] = [
  ['everything', {}, ['id [..>] exact']],
  ['everything, in order', { order: by() }, ['id [..>] walk 2 exact ordered']],
  ['an id', { where: eq('id', 'x') }, ['rows x exact ordered']],
  ['an id and more', { where: all(eq('id', 'x'), eq('beds', 1)) }, ['rows x ordered']],
  [
    'ids in order, downwards',
    { where: { op: 'in', field: 'id', values: ['b', 'a'] }, order: by('-id').slice(0, 1) },
    ['rows b,a exact ordered'],
  ],
  ['a natural key', { where: eq('code', 'c') }, ['byCode c| exact ordered']],
  ['no natural key of null', { where: { op: 'isNull', field: 'code' } }, ['id [..>]']],
  [
    'two natural keys',
    { where: all({ op: 'in', field: 'room', values: ['1', '2'] }, eq('at', 't')) },
    ['bySlot 1|t|,2|t| exact or byRoom [1|t|..1|t|>, 2|t|..2|t|>] exact'],
  ],
  ['never', { where: any() }, ['rows  exact ordered']],
  ['no value left', { where: all(eq('room', '1'), eq('room', '2')) }, ['rows  exact ordered']],
  [
    'an equality and a range',
    { where: all(eq('room', '1'), { op: 'gte', field: 'at', value: 'a' }, { op: 'lt', field: 'at', value: 'b' }) },
    ['byRoom [1|a|..1|b|] exact'],
  ],
  [
    'the store clock',
    { where: all(eq('room', '1'), { op: 'lte', field: 'at', value: { clock: -5 } }) },
    ['byRoom [1|+..1|+<-5>|>] exact'],
  ],
  [
    'text that begins so',
    { where: { op: 'startsWith', field: 'room', value: '1', negated: false } },
    ['byRoom [1..1>] exact'],
  ],
  ['not null', { where: { op: 'isNotNull', field: 'guest' } }, ['byGuest [+..>] exact']],
  ['less than a value is not null', { where: { op: 'lt', field: 'guest', value: 'm' } }, ['byGuest [+..m|] exact']],
  [
    'up to a value, or null',
    { where: any({ op: 'lte', field: 'guest', value: 'm' }, { op: 'isNull', field: 'guest' }) },
    ['byGuest [..m|>] exact', 'byGuest [+..m|>] exact and byGuest [~..~>] exact'],
  ],
  [
    'the same, and not null',
    {
      where: all(
        { op: 'isNotNull', field: 'guest' },
        any({ op: 'lt', field: 'guest', value: 'm' }, { op: 'isNull', field: 'guest' }),
      ),
    },
    ['byGuest [+..m|] exact'],
  ],
  [
    'a value or null',
    { where: any(eq('guest', 'g'), { op: 'isNull', field: 'guest' }) },
    ['byGuest [~..~>, g|..g|>] exact'],
  ],
  [
    'a second bound on one end is tested',
    { where: all(eq('room', '1'), { op: 'gt', field: 'at', value: 'a' }, { op: 'gt', field: 'at', value: 'b' }) },
    ['byRoom [1|a|>..1|>]'],
  ],
  ['what no index knows', { where: eq('beds', 3) }, ['id [..>]']],
  [
    'an order behind an equality',
    { where: eq('room', '1'), order: by('-at'), limit: 5 },
    ['byRoom [1|..1|>] walk -4 exact ordered'],
  ],
  [
    'an equality in the order is none',
    { where: eq('room', '1'), order: by('room', 'at'), limit: 5 },
    ['byRoom [1|..1|>] walk 4 exact ordered'],
  ],
  [
    'mixed directions, with a constant between',
    { where: eq('room', '1'), order: by('guest', '-beds'), limit: 5 },
    ['byRoom [1|..1|>] exact or byGuest [..>] walk 2,-5 ordered'],
  ],
  [
    'values, each with its own order',
    { where: { op: 'in', field: 'room', values: ['1', '2'] }, order: by('at'), limit: 5 },
    ['byRoom [1|..1|>, 2|..2|>] walk 4 exact'],
  ],
  [
    'values in the order, downwards',
    { where: { op: 'in', field: 'room', values: ['1', '2'] }, order: by('-room', 'at'), limit: 5 },
    ['byRoom [2|..2|>, 1|..1|>] walk 4 exact ordered'],
  ],
  [
    'alternatives with ways of their own',
    { where: any(eq('guest', 'g'), eq('room', '1')) },
    ['id [..>]', 'byGuest [g|..g|>] exact and byRoom [1|..1|>] exact'],
  ],
  ['alternatives of which one has no way', { where: any(eq('guest', 'g'), eq('beds', 1)) }, ['id [..>]']],
  [
    'alternatives that lead nowhere new',
    { where: all(eq('room', '1'), any(eq('beds', 1), { op: 'isNull', field: 'code' })) },
    ['byRoom [1|..1|>]'],
  ],
  [
    'ids within alternatives',
    {
      where: any(
        all(eq('guest', 'g'), eq('id', 'a')),
        all(eq('guest', 'h'), { op: 'in', field: 'id', values: ['b', 'c'] }),
      ),
    },
    [
      'rows a,b,c or byGuest [g|..g|>, h|..h|>]',
      'rows a ordered or byGuest [g|..g|>] and rows b,c or byGuest [h|..h|>]',
    ],
  ],
]

test.each(cases)('%s', (_, query, expected) => {
  expect(plans(query)).toEqual(expected)
})

describe('positions', () => {
  const page = (query: Partial<Query>) => plans({ limit: 5, ...query })
  test.each<[string, Partial<Query>, string[]]>([
    [
      'in one direction',
      { order: by('room', 'at'), after: ['1', 't', 'x'] },
      ['byRoom [..> after 1|t|x|] walk 4 exact ordered'],
    ],
    [
      'in two, each run for itself',
      { order: by('room', '-at'), after: ['1', 't', 'x'] },
      ['byRoom [..> after 1|,1|t|x|] walk 2,-4 exact ordered'],
    ],
    [
      'behind null',
      { where: eq('guest', 'g'), order: by('guest', 'room', '-beds'), after: [null, '1', 3, 'x'] },
      ['byGuest [g|..g|>] walk 3,-5 exact ordered'],
    ],
    [
      'before a value that all have',
      { where: eq('guest', 'g'), order: by('-guest', 'room', 'beds'), after: [null, '1', 3, 'x'] },
      ['byGuest [] walk 5 exact ordered'],
    ],
    [
      'among values: what lies before is left out',
      { where: { op: 'in', field: 'room', values: ['1', '2', '3'] }, order: by('room', 'at'), after: ['2', 't', 'x'] },
      ['byRoom [2|..2|> after 2|t|x|, 3|..3|>] walk 4 exact ordered'],
    ],
    [
      'among merged values: each decides about what is equal',
      { where: { op: 'in', field: 'room', values: ['1', '3'] }, order: by('at', 'room'), after: ['t', '2', 'x'] },
      ['byRoom [1|..1|> after 1|t|, 3|..3|> after 3|t| inclusive] walk 4 exact'],
    ],
    ['where no index gives the order', { order: by('beds'), after: [3, 'x'] }, ['id [..>]']],
  ])('%s', (_, query, expected) => {
    expect(page(query)).toEqual(expected)
  })
})

test('what is being filled is not read', () => {
  const filling = <P extends object>(parts: readonly P[]) =>
    parts.map((part) => ({ ...part, state: 'filling' as const }))
  const given = { ...definition, indexes: filling(definition.indexes), unique: filling(definition.unique) }
  expect(plans({ where: eq('code', 'c') }, given)).toEqual(['id [..>]'])
  expect(plans({ where: eq('room', 'c') }, given)).toEqual(['id [..>]'])
})

test('the rest travels as it is, with the position as a test of rows', () => {
  const find = made({ order: by('beds'), after: [3, 'x'], limit: 7, offset: 2 })
  expect(find[1]).toBe('\u0002h\u0000')
  expect(find[3]).toEqual([
    'all',
    2,
    'gte',
    7,
    '10000000000000003',
    'any',
    2,
    'gt',
    7,
    '10000000000000003',
    'all',
    2,
    'eq',
    7,
    '10000000000000003',
    'gt',
    3,
    'x',
  ])
  expect(find.slice(4)).toEqual([
    [
      [7, 0],
      [3, 0],
    ],
    7,
    2,
    100,
  ])
  expect(made({ scope: null })[1]).toBe('')
})
