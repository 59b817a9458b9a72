import type { AnyEntity, FieldData, Page, Storage } from '@portolan/ports'
import fc from 'fast-check'
import { anyText } from './property.ts'
import { worldStart } from './world.ts'

export type Row = { readonly id: string; readonly [field: string]: unknown }
export type Values = { readonly [field: string]: unknown }

/** A repository of an entity that is known at run time alone. */
export interface AnyRepository {
  get(id: string): Promise<Row | null>
  getBy(unique: string, key: Values): Promise<Row | null>
  find(query?: object): Promise<Row[]>
  page(query: object): Promise<Page<Row>>
  count(query?: object): Promise<number>
  insert(values: Values): Promise<Row>
  insertMany(values: readonly Values[]): Promise<Row[]>
  insertOrGet(unique: string, values: Values): Promise<{ row: Row; inserted: boolean }>
  upsert(unique: string, values: Values, patch: Values): Promise<{ row: Row; inserted: boolean }>
  update(id: string, patch: Values, condition?: object): Promise<Row | null>
  updateMany(change: { where: object; patch: Values }): Promise<number>
  delete(id: string): Promise<Row | null>
  deleteMany(selection: { where: object }): Promise<number>
}

export function repositoryOf(storage: Storage<unknown>, entity: AnyEntity, scope = 'scope-1'): AnyRepository {
  const open = storage.repository as unknown as (entity: AnyEntity, ...scope: object[]) => AnyRepository
  return entity.scope === null ? open(entity) : open(entity, { [entity.scope]: scope })
}

/** Why rows of the entity cannot be generated; null: they can. */
export function notGenerated(entity: AnyEntity, given: object): string | null {
  for (const [name, field] of Object.entries(entity.fields)) {
    if (name in given || field.nullable || field.default !== undefined) continue
    if (field.kind === 'json' && field.schema)
      return `${entity.name}.${name} is json with a schema: name values for it in the target's "values"`
    if (!(field.kind in kinds)) return `${entity.name}.${name} is of the kind ${field.kind}, unknown to this version`
  }
  return null
}

const kinds: { readonly [kind: string]: (field: FieldData) => fc.Arbitrary<unknown> } = {
  text: () => anyText(20),
  integer: () => fc.maxSafeInteger(),
  float: () => fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  boolean: () => fc.boolean(),
  instant: () =>
    fc
      .integer({ min: Date.UTC(1970, 0, 1), max: Date.UTC(2099, 0, 1) })
      .map((milliseconds) => new Date(milliseconds).toISOString()),
  'one-of': ({ values = [] }) => fc.constantFrom(...values),
  json: () => fc.jsonValue({ maxDepth: 3 }).map((value) => ({ generated: withoutMinusZero(value) })),
}

/** Text is drawn again where it is no Unicode that every adapter keeps, and -0 is no value of JSON. */
function withoutMinusZero(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll('\\u0000', ''))
}

/**
 * Values for an insert: of each field's kind, null now and then; keys different for each number, intervals apart from one
 * another. What the target gives comes last.
 */
export function generatedValues(
  entity: AnyEntity,
  given: (row: number) => object,
): (row: number) => fc.Arbitrary<Values> {
  const keyed = new Set(Object.values(entity.unique).flat())
  const fields = Object.entries(entity.fields).filter(([, { kind, schema }]) => kind in kinds && !schema)
  return (row) => {
    const shape: Record<string, fc.Arbitrary<unknown>> = {}
    for (const [name, field] of fields) {
      const value = keyed.has(name) ? keyPart(field, row) : (kinds[field.kind]?.(field) ?? fc.constant(null))
      shape[name] = field.nullable ? fc.option(value, { freq: 4 }) : value
    }
    const intervals = Object.values(entity.noOverlap).map(({ from, until }) => ({
      [from]: new Date(worldStart + row * 7_200_000).toISOString(),
      [until]: new Date(worldStart + row * 7_200_000 + 3_600_000).toISOString(),
    }))
    return fc.record(shape).map((values) => Object.assign({}, values, ...intervals, given(row)))
  }
}

/** Different for each row where the kind has so many values; else the key is held apart by its other parts, or not at all. */
function keyPart(field: FieldData, row: number): fc.Arbitrary<unknown> {
  if (field.kind === 'text') return anyText(10).map((text) => `${row}-${text}`)
  if (field.kind === 'integer') return fc.constant(row)
  if (field.kind === 'float') return fc.constant(row + 0.5)
  if (field.kind === 'instant') return fc.constant(new Date(worldStart + row * 60_000).toISOString())
  return kinds[field.kind]?.(field) ?? fc.constant(null)
}

/** The natural keys that generated rows never share, which is what their cases need. */
export function separableKeys(entity: AnyEntity): string[] {
  return Object.entries(entity.unique).flatMap(([key, parts]) =>
    parts.some((part) => ['text', 'integer', 'float', 'instant'].includes(entity.fields[part]?.kind ?? ''))
      ? [key]
      : [],
  )
}

/** The values without nulls in the parts of the key, so that it can collide. */
export function withKey(entity: AnyEntity, key: string, values: Values, row: number): Values {
  const parts = entity.unique[key] ?? []
  const missing = parts.filter((part) => (values[part] ?? null) === null)
  const filled = missing.map((part) => {
    const field = entity.fields[part]
    const value = field && fc.sample(keyPart({ ...field, nullable: false }, row), { numRuns: 1, seed: row })[0]
    return [part, value]
  })
  return { ...values, ...Object.fromEntries(filled) }
}
