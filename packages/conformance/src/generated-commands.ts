import type { TransactionRepository, TypesIn } from '@portolan/ports'
import fc from 'fast-check'
import * as reference from './reference-model.ts'
import { hour } from './sample-rows.ts'
import type { Booking } from './standard-entities.ts'

export type Bookings = TransactionRepository<TypesIn<typeof Booking>>

/** A call as data: what to do to the store, and what the reference says that it must do. */
export interface Command {
  readonly text: string
  readonly guarded: boolean
  run(bookings: Bookings): Promise<unknown>
  expect(model: reference.Model, now: string): reference.Expected
}

const room = fc.constantFrom('red', 'blue')
const status = fc.constantFrom('requested', 'confirmed', 'cancelled', 'completed')
const key = fc.option(fc.constantFrom('k1', 'k2', 'k3'))
const guests = fc.integer({ min: 0, max: 3 })
const id = fc.constantFrom('a', 'b', 'c', 'd', 'e')
const interval = fc
  .tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 2 }))
  .map(([from, length]) => ({ startsAt: hour(from), endsAt: hour(from + length) }))

const values: fc.Arbitrary<reference.Values> = fc
  .record({ id, roomId: room, status, guests, idempotencyKey: key, interval })
  .map(({ interval: times, ...rest }) => ({ ...rest, ...times }))
const keyed = values.filter(({ idempotencyKey }) => idempotencyKey !== null)

const stateOnly: fc.Arbitrary<reference.Patch> = fc.record(
  {
    status,
    guests: fc.oneof(
      guests,
      guests.map((increment) => ({ increment })),
    ),
  },
  { requiredKeys: [] },
)
const patch: fc.Arbitrary<reference.Patch> = fc.oneof(
  stateOnly,
  fc.record({ roomId: room, idempotencyKey: key, status }, { requiredKeys: [] }),
  interval,
)
const where: fc.Arbitrary<object> = fc.oneof(
  status.map((one) => ({ status: one })),
  guests.map((gte) => ({ guests: { gte } })),
  key.map((ne) => ({ idempotencyKey: { ne } })),
  room.map((roomId) => ({ not: { roomId } })),
  fc.constant({}),
)
const condition: fc.Arbitrary<reference.Conditions> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  fc.record({ version: fc.integer({ min: 1, max: 3 }), where, unless: where }, { requiredKeys: [] }),
)

function made(
  name: string,
  given: readonly unknown[],
  run: Command['run'],
  expect: Command['expect'],
  { unless }: reference.Conditions = {},
): Command {
  return { text: `${name} ${JSON.stringify(given)}`, guarded: unless !== undefined, run, expect }
}

/** The condition as the call takes it. */
function asGiven(given: reference.Conditions): never {
  return (given.unless === undefined ? given : { ...given, guard: 'the one guard of the model' }) as never
}

const inserts: fc.Arbitrary<Command> = fc.tuple(values, condition).map(([row, { unless }]) => {
  const given = unless === undefined ? {} : { unless }
  return made(
    'insert',
    [row, given],
    async (bookings) => [await bookings.insert(row, asGiven(given))],
    (model, now) => reference.insertAll(model, [row], now, given),
    given,
  )
})
const batches: fc.Arbitrary<Command> = fc.array(values, { minLength: 2, maxLength: 3 }).map((rows) =>
  made(
    'insertMany',
    rows,
    (bookings) => bookings.insertMany(rows),
    (model, now) => reference.insertAll(model, rows, now),
  ),
)
const insertsOrGets: fc.Arbitrary<Command> = keyed.map((row) =>
  made(
    'insertOrGet',
    [row],
    (bookings) => bookings.insertOrGet('idempotencyKey', row as never),
    (model, now) => reference.insertOrGet(model, row, now),
  ),
)
const upserts: fc.Arbitrary<Command> = fc.tuple(keyed, patch, condition).map(([row, change, given]) =>
  made(
    'upsert',
    [row, change, given],
    (bookings) => bookings.upsert('idempotencyKey', row as never, change, asGiven(given)),
    (model, now) => reference.upsert(model, row, change, now, given),
    given,
  ),
)
const updates: fc.Arbitrary<Command> = fc.tuple(id, patch, condition).map(([of, change, given]) =>
  made(
    'update',
    [of, change, given],
    (bookings) => bookings.update(of, change, asGiven(given)),
    (model, now) => reference.update(model, of, change, now, given),
    given,
  ),
)
const updatesMany: fc.Arbitrary<Command> = fc.tuple(where, stateOnly).map(([filter, change]) =>
  made(
    'updateMany',
    [filter, change],
    (bookings) => bookings.updateMany({ where: filter, patch: change }),
    (model, now) => reference.updateMany(model, filter, change, now),
  ),
)
const deletes: fc.Arbitrary<Command> = fc.tuple(id, condition).map(([of, given]) =>
  made(
    'delete',
    [of, given],
    (bookings) => bookings.delete(of, asGiven(given)),
    (model) => reference.remove(model, of, given),
    given,
  ),
)
const deletesMany: fc.Arbitrary<Command> = where.map((filter) =>
  made(
    'deleteMany',
    [filter],
    (bookings) => bookings.deleteMany({ where: filter }),
    (model) => reference.removeMany(model, filter),
  ),
)

export const commands: fc.Arbitrary<readonly Command[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: inserts },
    { weight: 3, arbitrary: updates },
    batches,
    insertsOrGets,
    upserts,
    updatesMany,
    deletes,
    deletesMany,
  ),
  { minLength: 1, maxLength: 20, size: 'max' },
)
