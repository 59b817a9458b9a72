import type { Order, Predicate, StoredRow } from '@portolan/adapter-kit'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { memoryDatabase } from '../src/index.ts'
import { eq, hour, visit, visitRow } from './entities.ts'
import { type Action, NaiveDatabase, type NaiveSession } from './naive-database.ts'
import {
  alone,
  deletePlan,
  insertPlan,
  inside,
  type OpenTransaction,
  openDriver,
  openTransaction,
  selectPlan,
  settled,
  updateManyPlan,
  updatePlan,
} from './plans.ts'

const id = fc.constantFrom('a', 'b', 'c', 'd', 'e')
const tenant = fc.constantFrom('one', 'one', 'two')
const email = fc.constantFrom('x', 'y', null)
const label = fc.constantFrom('ﬀ', '😀', 'A%', 'a_', '', null)
const room = fc.constantFrom('blue', 'red')
const status = fc.constantFrom('held', 'free')
const interval = fc
  .tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 1, max: 3 }))
  .map(([from, length]) => ({ from: hour(from), until: hour(from + length) }))

const atom: fc.Arbitrary<Predicate> = fc.oneof(
  id.map((value) => eq('id', value)),
  fc.array(id).map((values): Predicate => ({ op: 'in', field: 'id', values })),
  status.map((value) => eq('status', value)),
  room.map((value) => eq('room', value)),
  fc.constantFrom('x', 'y').map((value) => eq('email', value)),
  fc
    .constantFrom('isNull', 'isNotNull')
    .chain((op) => fc.constantFrom('email', 'label').map((field): Predicate => ({ op, field }))),
  fc.record({
    op: fc.constantFrom('lt', 'lte', 'gt', 'gte', 'ne'),
    field: fc.constant('label'),
    value: fc.constantFrom('ﬀ', 'A%', 'a'),
  }),
  fc.record({ op: fc.constantFrom('lt', 'gte'), field: fc.constant('from'), value: fc.constant({ clock: 0 }) }),
  fc.record({
    op: fc.constantFrom('in', 'notIn'),
    field: fc.constantFrom('room', 'label'),
    values: fc.array(fc.constantFrom('red', 'ﬀ', '')),
  }),
  fc.record({
    op: fc.constantFrom('startsWith', 'contains', 'containsIgnoringCase'),
    field: fc.constant('label'),
    value: fc.constantFrom('', 'A', '%', '_', '😀'),
    negated: fc.boolean(),
  }),
)
const predicate: fc.Arbitrary<Predicate> = fc.oneof(
  atom,
  fc.record({ op: fc.constantFrom('all', 'any'), parts: fc.array(atom, { maxLength: 3 }) }),
)
const maybe = (of: fc.Arbitrary<Predicate>): fc.Arbitrary<Predicate | null> => fc.option(of, { freq: 3 })

const order: fc.Arbitrary<Order[]> = fc
  .tuple(
    fc.uniqueArray(fc.constantFrom('label', 'email', 'count', 'from'), { maxLength: 2 }),
    fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
  )
  .map(([fields, down]) =>
    [...fields, 'id'].map((field, index) => ({
      field,
      direction: down[index] ? 'desc' : 'asc',
      nullable: field === 'label' || field === 'email',
    })),
  )

const row: fc.Arbitrary<StoredRow> = fc
  .tuple(tenant, id, fc.record({ email, label, room, status, count: fc.integer({ min: 0, max: 3 }) }), interval)
  .map(([scope, of, values, hours]) => visitRow(of, { tenant: scope, ...values, ...hours }))

const patch = fc.oneof(
  interval,
  fc.record({ email }),
  fc.record({ label, room }),
  fc.record({ status }),
  fc.record({ count: fc.constantFrom({ increment: 1 }, { increment: -2 }, 7) }),
)
const version = fc.option(fc.constantFrom(1, 2), { freq: 3 })
const conditions = fc.record({ version, where: maybe(predicate), require: maybe(predicate) })
const onDuplicate = fc.oneof(
  fc.constant({ kind: 'report' } as const),
  fc.record({ kind: fc.constant('return' as const), unique: fc.constantFrom('id', 'email') }),
  fc.tuple(fc.constantFrom('id', 'email', 'place'), patch, conditions).map(([unique, set, given]) => ({
    kind: 'update' as const,
    unique,
    set: { ...set, version: { increment: 1 } },
    ...given,
  })),
)

const action: fc.Arbitrary<Action> = fc.oneof(
  fc
    .record({
      order,
      where: predicate,
      scope: tenant,
      limit: fc.constantFrom(null, 1, 2),
      offset: fc.constantFrom(0, 1),
      position: fc.option(row),
      lock: fc.boolean(),
    })
    .map(({ position, ...more }) => {
      const after = position && more.order.map(({ field }) => position[field] ?? null)
      return { call: 'select' as const, plan: selectPlan({ ...more, after }) }
    }),
  fc
    .record({ where: predicate, scope: tenant })
    .map((more) => ({ call: 'count' as const, plan: { entity: visit, ...more } })),
  fc.record({ row, unless: maybe(predicate), onDuplicate }).map(({ row, ...more }) => ({
    call: 'insert' as const,
    plan: insertPlan([row], { scope: String(row.tenant), ...more }),
  })),
  fc
    .tuple(tenant, fc.uniqueArray(row, { maxLength: 3, minLength: 1, selector: ({ id }) => id }))
    .map(([scope, rows]) => {
      const apart = rows.map((one, index) => ({ ...one, tenant: scope, email: null, label: `${one.label}${index}` }))
      return { call: 'insert' as const, plan: insertPlan(apart, { scope }) }
    }),
  fc
    .tuple(id, patch, conditions, fc.record({ scope: tenant, expect: maybe(predicate), unless: maybe(predicate) }))
    .map(([of, set, given, more]) => ({ call: 'update' as const, plan: updatePlan(of, set, { ...given, ...more }) })),
  fc
    .tuple(
      fc.oneof(fc.record({ status }), fc.record({ email }), fc.record({ count: fc.constant({ increment: 1 }) })),
      fc.record({ scope: tenant, where: predicate }),
    )
    .map(([set, more]) => ({ call: 'updateMany' as const, plan: updateManyPlan(set, more) })),
  fc
    .tuple(
      id,
      fc.record({
        scope: tenant,
        version,
        where: maybe(predicate),
        expect: maybe(predicate),
        unless: maybe(predicate),
      }),
    )
    .map(([of, more]) => ({ call: 'delete' as const, plan: deletePlan(of, more) })),
  fc
    .record({ scope: tenant, where: predicate })
    .map((more) => ({ call: 'deleteMany' as const, plan: { entity: visit, limit: null, ...more } })),
  fc
    .record({ scope: tenant, where: predicate, order, limit: fc.constantFrom(1, 2) })
    .map((more) => ({ call: 'claim' as const, plan: { entity: visit, set: { count: { increment: 1 } }, ...more } })),
)

/** 0 stands alone, 1 is a transaction that reads `latest`, 2 and 3 are two that read a `snapshot`. */
const step = fc.record({
  actor: fc.constantFrom(0, 1, 2, 3),
  do: fc.oneof({ weight: 8, arbitrary: action }, fc.constantFrom('commit' as const, 'roll back' as const)),
})

const clock = hour(4)

it('does what a plain list of rows would do, in any mixture of operations and open transactions', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
      const database = memoryDatabase({ clock: () => Date.parse(clock) })
      const driver = openDriver(database)
      const naive = new NaiveDatabase(clock)
      const open = new Map<number, { real: OpenTransaction; model: NaiveSession; doomed: boolean }>()
      for (const { actor, do: action } of steps) {
        const transaction = open.get(actor)
        if (action === 'commit' || action === 'roll back') {
          if (!transaction) continue
          open.delete(actor)
          const how = transaction.doomed ? 'roll back' : action
          expect(await transaction.real.end(how)).toBe(naive.end(transaction.model, how))
          continue
        }
        if (actor > 0 && action.call === 'claim') continue
        if (actor > 0 && !transaction) {
          const reads = actor === 1 ? 'latest' : 'snapshot'
          const real = await openTransaction(driver, reads)
          open.set(actor, { real, model: naive.begin(reads), doomed: false })
        }
        const current = open.get(actor) ?? null
        if (current?.doomed) continue
        const context = current ? inside(current.real.session) : alone()
        const real = await settled(
          driver,
          driver[action.call](action.plan as never, context as never) as Promise<unknown>,
        )
        const model = naive.run(current?.model ?? null, action)
        if (current && [real, model].includes('transaction-conflict')) current.doomed = true
        compare(action, real, model)
      }
      for (const { real, model } of open.values()) expect(await real.end('commit')).toBe(naive.end(model, 'commit'))
      const rest = { call: 'select' as const, plan: selectPlan() } as const
      compare(rest, await driver.select(rest.plan, alone()), naive.run(null, rest))
    }),
    { numRuns: 1_000 },
  )
})

/**
 * Equal, but for what a driver may choose: the order of ids, which of several rows in the way it names, and which of several
 * refusals it meets first when a statement writes several rows. What was refused has written nothing either way.
 */
function compare({ call, plan }: Action, real: unknown, model: unknown): void {
  const several = call === 'updateMany' || (call === 'insert' && plan.rows.length > 1)
  if (several && isCollision(model)) {
    expect(isCollision(real)).toBe(true)
    return
  }
  const [got, expected] = [real, model] as { kind?: string; id?: unknown; ids?: unknown[] }[]
  if (expected?.kind === 'overlap') {
    expect(got?.kind).toBe('overlap')
    expect(expected.ids).toContain(got?.id)
  } else if (expected?.ids) {
    expect({ ...got, ids: [...(got?.ids ?? [])].sort() }).toEqual(expected)
  } else {
    expect(real).toEqual(model)
  }
}

function isCollision(outcome: unknown): boolean {
  const { kind } = outcome as { kind?: string }
  return outcome === 'transaction-conflict' || kind === 'overlap' || kind === 'duplicate'
}
