import {
  type Changes,
  type Driver,
  type Operand,
  type Predicate,
  type StoredRow,
  same,
  storedEntity,
} from '@portolan/adapter-kit'
import { memoryDriver } from '@portolan/memory'
import { defineEntity, float, instant, integer, json, text } from '@portolan/ports'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Client, openClient, soon } from '../engine.ts'
import { openPlace, type Place } from '../place.ts'

const Stay = defineEntity({
  name: 'stay',
  scope: 'hotel',
  fields: {
    room: text(),
    from: instant(),
    till: instant(),
    state: text(),
    code: text().nullable(),
    size: integer(),
    weight: float(),
    dueAt: instant().nullable(),
    notes: json().nullable(),
  },
  unique: { byCode: ['code'], bySize: ['size', 'room'] },
  indexes: { byFrom: ['room', 'from'], byState: ['state', 'dueAt'] },
  noOverlap: { perRoom: { within: ['room'], from: 'from', until: 'till', where: { state: { in: ['on', 'held'] } } } },
  versioned: true,
  timestamps: true,
})
const entity = storedEntity(Stay)
let now = Date.UTC(2030, 5, 1)
const clock = (): number => now

let place: Place
let client: Client
beforeAll(async () => {
  place = await openPlace()
  client = openClient({ url: place.url, entities: [Stay], clock })
})
afterAll(async () => {
  client.close()
  await place.close()
})

const at = (hour: number): string => new Date(Date.UTC(2030, 0, 1, hour)).toISOString()
const scope = fc.constantFrom('h', 'h2')
const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
const state = fc.constantFrom('on', 'held', 'off')
const due = fc.constantFrom<(Operand | null)[]>(null, { clock: 0 }, { clock: -86_400_000 }, { clock: 3_600_000 }, at(5))
const notes = fc.constantFrom('{"a":[]}', '[9007199254740991]', null)
const largest = Number.MAX_SAFE_INTEGER

const row = fc
  .record({
    id,
    room: fc.constantFrom('1', '2'),
    hour: fc.integer({ min: 0, max: 12 }),
    hours: fc.integer({ min: 1, max: 4 }),
    state,
    code: fc.constantFrom(null, null, 'x', 'y', ''),
    size: fc.constantFrom(-7, -4, 8, 9, 10, 11, 12, largest - 1, -largest),
    weight: fc.constantFrom(0.1, -2.5, 1e308, Number.MAX_VALUE),
    dueAt: due,
    notes,
  })
  .map(({ hour, hours, ...fields }) => ({
    ...fields,
    from: at(hour),
    till: at(hour + hours),
    version: 1,
    createdAt: at(0),
    updatedAt: at(0),
  }))

const increment = fc.constantFrom<Changes[]>(
  { size: { increment: 1 } },
  { size: { increment: -3 } },
  { size: { increment: largest } },
  { weight: { increment: 0.5 } },
  { weight: { increment: 1e308 } },
)
const anyChange = fc
  .tuple(
    fc.oneof(
      fc.constant<Changes>({}),
      increment,
      row.map(({ from, till }): Changes => ({ from, till })),
      row.map(({ room, state: next }): Changes => ({ room, state: next })),
      row.map(({ code, notes: json, dueAt }): Changes => ({ code, notes: json, dueAt })),
      state.map((next): Changes => ({ state: next })),
    ),
    fc.boolean(),
  )
  .map(
    ([set, also]): Changes => ({ ...set, ...(also && { weight: 1.5 }), version: { increment: 1 }, updatedAt: at(1) }),
  )
/** What an update of many may change: no part of an interval. */
const changeOfMany = fc
  .oneof(
    fc.constant<Changes>({ size: { increment: 1 } }),
    increment,
    state.map((next): Changes => ({ state: next })),
    due.map((dueAt): Changes => ({ dueAt })),
  )
  .map((set): Changes => ({ ...set, version: { increment: 1 } }))
const claimed = fc
  .tuple(due, increment)
  .map(([dueAt, set]): Changes => ({ dueAt, ...('size' in set ? {} : set), version: { increment: 1 } }))

const part: fc.Arbitrary<Predicate> = fc.oneof(
  state.map((value): Predicate => ({ op: 'eq', field: 'state', value })),
  fc.constantFrom<Predicate[]>(
    { op: 'eq', field: 'room', value: '1' },
    { op: 'gt', field: 'size', value: 8 },
    { op: 'lte', field: 'dueAt', value: { clock: 0 } },
    { op: 'isNull', field: 'code' },
    { op: 'ne', field: 'code', value: 'x' },
    { op: 'lt', field: 'version', value: 3 },
    { op: 'lt', field: 'weight', value: 0 },
  ),
  id.map((value): Predicate => ({ op: 'eq', field: 'id', value })),
  fc.subarray(['a', 'b', 'c', 'd']).map((values): Predicate => ({ op: 'in', field: 'id', values })),
)
const where: fc.Arbitrary<Predicate> = fc
  .tuple(fc.constantFrom('all' as const, 'any' as const), fc.array(part, { minLength: 0, maxLength: 3 }))
  .map(([op, parts]) => ({ op, parts }))
const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary })
const conditions = fc.record({
  version: rarely(fc.integer({ min: 1, max: 3 })),
  where: rarely(where),
  require: rarely(part),
})
const guarded = rarely(part).map((unless) => ({ unless, guards: unless ? ['one', 'two'] : [] }))
/** What a transaction could have read: json compared as text, as any other field. */
const expectation = rarely(
  fc.tuple(notes, state).map(([json, value]) => ({
    op: 'all' as const,
    parts: [same('notes', json), same('state', value)],
  })),
)

type Operations = Pick<Driver, 'insert' | 'update' | 'updateMany' | 'delete' | 'deleteMany' | 'claim'>
interface Command {
  readonly name: keyof Operations
  readonly plan: object
}

type NewRow = { readonly id: string; readonly code: string | null; readonly size: number; readonly room: string }
/** Rows of one call that exclude each other never reach a driver. */
const collide = (one: NewRow, other: NewRow): boolean =>
  one.id === other.id ||
  (one.code !== null && one.code === other.code) ||
  (one.size === other.size && one.room === other.room)
const apart = { comparator: collide, minLength: 1, maxLength: 4 }
const scoped = { scope }
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(scope, fc.uniqueArray(row, apart)).map(([of, rows]) => inserting(of, rows, null)) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(scope, row, fc.constantFrom('id', 'byCode', 'bySize'), rarely(anyChange), conditions, guarded)
      .map(([of, one, unique, set, given, guards]) =>
        inserting(of, [one], set ? { kind: 'update', unique, set, ...given } : { kind: 'return', unique }, guards),
      ),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.record({ ...scoped, id, set: anyChange, expect: expectation }), conditions, guarded)
      .map(([plan, given, guards]): Command => ({ name: 'update', plan: { ...plan, ...given, ...guards } })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.record({ ...scoped, id, expect: expectation }), conditions, guarded)
      .map(([plan, given, guards]): Command => ({ name: 'delete', plan: { ...plan, ...given, ...guards } })),
  },
  {
    weight: 6,
    arbitrary: fc
      .record({ ...scoped, where, set: changeOfMany, returning: fc.constantFrom('ids', 'count') })
      .map((plan): Command => ({ name: 'updateMany', plan })),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({ ...scoped, where, limit: fc.constant(null) })
      .map((plan): Command => ({ name: 'deleteMany', plan })),
  },
  {
    weight: 3,
    arbitrary: fc
      .record({
        ...scoped,
        where,
        set: claimed,
        limit: fc.integer({ min: 1, max: 3 }),
        order: fc.constantFrom(
          [{ field: 'id', direction: 'desc', nullable: false }],
          [
            { field: 'dueAt', direction: 'asc', nullable: true },
            { field: 'id', direction: 'asc', nullable: false },
          ],
        ),
      })
      .map((plan): Command => ({ name: 'claim', plan })),
  },
)

function inserting(of: string, rows: readonly object[], onDuplicate: object | null, guards?: object): Command {
  const given = rows.map((one) => ({ hotel: of, ...one }))
  const guard = guards ?? { unless: null, guards: [] }
  return {
    name: 'insert',
    plan: { scope: of, rows: given, onDuplicate: onDuplicate ?? { kind: 'report' }, ...guard },
  }
}

const byId = (one: StoredRow, other: StoredRow): number =>
  `${one.hotel} ${one.id}` < `${other.hotel} ${other.id}` ? -1 : 1

/** What may differ: the order where none is asked for, and which of several rows in the way is named. */
function comparable(name: string, outcome: unknown): unknown {
  if (Array.isArray(outcome)) return [...(outcome as StoredRow[])].sort(byId)
  if (typeof outcome !== 'object' || outcome === null || !('kind' in outcome)) return outcome
  if (outcome.kind === 'overlap') return { ...outcome, id: 'a row in the way' }
  if (outcome.kind === 'out-of-range') return { ...outcome, id: 'a row' }
  if (outcome.kind === 'duplicate' && name === 'updateMany') return { kind: outcome.kind }
  if ('ids' in outcome) return { ...outcome, ids: [...(outcome.ids as string[])].sort() }
  return outcome
}

test('random writes have the outcomes of memory, and leave the same rows', async () => {
  const seen = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 40, maxLength: 80, size: 'max' }), async (commands) => {
      await place.client.flushdb()
      await client.apply()
      const memory = memoryDriver({ entities: [Stay], clock })
      memory.prepare([entity])
      for (const { name, plan } of commands) {
        now += 3_600_000
        const run = async (on: Operations): Promise<unknown> =>
          comparable(name, await on[name]({ entity, ...plan } as never, { session: null, deadline: soon() }))
        const wanted = await run(memory as unknown as Operations)
        expect({ name, plan, outcome: await run(client.writes) }).toEqual({ name, plan, outcome: wanted })
        const word = `${name} ${(wanted as { kind?: string } | null)?.kind ?? 'done'}`
        seen.set(word, (seen.get(word) ?? 0) + 1)
      }
      const all = await Promise.all(
        ['h', 'h2'].map((of) =>
          memory.select(
            {
              entity,
              scope: of,
              where: { op: 'all', parts: [] },
              order: [],
              after: null,
              limit: null,
              offset: 0,
              fields: Object.keys(entity.fields),
              lock: false,
            },
            { session: null, deadline: soon() },
          ),
        ),
      )
      expect((await client.rows(entity)).sort(byId)).toEqual(all.flat().sort(byId))
    }),
    { numRuns: 80 },
  )
  const outcomes = {
    insert: ['inserted', 'existing', 'updated', 'duplicate', 'unless', 'overlap'],
    update: ['updated', 'missing', 'changed', 'unless', 'condition', 'stale', 'invalid'],
    delete: ['deleted', 'missing', 'changed', 'stale'],
    updateMany: ['updated', 'overlap', 'out-of-range'],
    deleteMany: ['done'],
    claim: ['done'],
  }
  const wanted = Object.entries(outcomes).flatMap(([name, kinds]) => kinds.map((kind) => `${name} ${kind}`))
  expect(wanted.filter((word) => !seen.has(word))).toEqual([])
}, 120_000)
