import type { AnyEntity } from '@portolan/ports'
import { defineEntity, instant, text } from '@portolan/ports'
import { equal, ok, refused, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { declared, undeclared } from '../needs.ts'
import { Booking } from '../standard-entities.ts'

export const scope = { tenantId: 'tenant' }
const skip = declared('overlap')

/** A moment of one day, by hours and minutes: '09:30'. */
export function at(time: string): string {
  return `2026-06-01T${time}:00.000Z`
}

export function slot(
  from: string,
  until: string,
  roomId = 'room',
): { roomId: string; startsAt: string; endsAt: string } {
  return { roomId, startsAt: at(from), endsAt: at(until) }
}

/** G2: what is refused and what is not, one call at a time. */
export const overlapCases: readonly Case[] = [
  defineCase(
    'G2.intervals',
    'intervals that share a moment are refused, and those that touch are not: they are half-open',
    async ({ a, b }) => {
      const bookings = a.repository(Booking, scope)
      const taken = await bookings.insert(slot('10:00', '12:00'))
      const colliding = [
        ['10:00', '12:00'],
        ['10:30', '11:30'],
        ['09:00', '13:00'],
        ['09:00', '10:01'],
        ['11:59', '13:00'],
        ['10:00', '10:01'],
        ['11:59', '12:00'],
      ] as const
      for (const [from, until] of colliding) {
        await refused(b.repository(Booking, scope).insert(slot(from, until)), 'overlap', {
          data: { entity: 'booking', rule: 'perRoom', id: taken.id },
          says: ['booking', 'perRoom', taken.id, 'overlap'],
        })
      }
      await refused(
        bookings.insert({ roomId: 'room', startsAt: '2026-06-01T09:00:00.000Z', endsAt: '2026-06-01T10:00:00.001Z' }),
        'overlap',
      )
      equal(await bookings.count(), 1, 'rows after the refusals')
      await bookings.insert(slot('09:00', '10:00'))
      await b.repository(Booking, scope).insert(slot('12:00', '13:00'))
      equal(await bookings.count(), 3, 'rows that touch')
    },
    { skip },
  ),

  defineCase(
    'G2.who-is-in-the-way',
    'only rows of the same scope and the same within that match the condition of the rule are in the way',
    async ({ a }) => {
      const bookings = a.repository(Booking, scope)
      const free = slot('10:00', '12:00')
      await bookings.insert(free)
      await bookings.insert({ ...free, roomId: 'other room' })
      await bookings.insert({ ...free, roomId: 'room ' })
      await bookings.insert({ ...free, roomId: 'Room' })
      await bookings.insert({ ...free, status: 'cancelled' })
      await bookings.insert({ ...free, status: 'completed' })
      await a.repository(Booking, { tenantId: 'neighbour' }).insert(free)
      equal(await bookings.count(), 6, 'rows of the scope')
      for (const status of ['requested', 'confirmed', 'in_progress'] as const)
        await refused(bookings.insert({ ...free, status }), 'overlap')
    },
    { skip },
  ),

  defineCase(
    'G2.every-write',
    'each kind of write is refused as overlap, names the row in the way and changes nothing',
    async ({ a, b }) => {
      const bookings = a.repository(Booking, scope)
      const others = b.repository(Booking, scope)
      const taken = await others.insert(slot('10:00', '12:00'))
      const later = await bookings.insert({ ...slot('14:00', '16:00'), idempotencyKey: 'later' })
      const elsewhere = await bookings.insert(slot('11:00', '13:00', 'elsewhere'))
      const cancelled = await bookings.insert({ ...slot('11:00', '13:00'), status: 'cancelled' })
      const before = await bookings.find()
      const into = slot('11:00', '13:00')
      const move = { startsAt: into.startsAt, endsAt: into.endsAt }
      const writes: Record<string, () => Promise<unknown>> = {
        insert: () => bookings.insert(into),
        insertMany: () => bookings.insertMany([slot('20:00', '21:00'), into, slot('22:00', '23:00')]),
        insertOrGet: () => bookings.insertOrGet('idempotencyKey', { ...into, idempotencyKey: 'new' }),
        'upsert, inserting': () => bookings.upsert('idempotencyKey', { ...into, idempotencyKey: 'new' }, {}),
        'upsert, updating': () => bookings.upsert('idempotencyKey', { ...into, idempotencyKey: 'later' }, move),
        'update of the times': () => bookings.update(later.id, move),
        'update of one end': () => bookings.update(later.id, { startsAt: at('11:30') }),
        'update of the room': () => bookings.update(elsewhere.id, { roomId: 'room' }),
        'update of the status': () => bookings.update(cancelled.id, { status: 'confirmed' }),
        'updateMany of the status': () =>
          bookings.updateMany({ where: { status: 'cancelled' }, patch: { status: 'confirmed' } }),
      }
      for (const [name, write] of Object.entries(writes)) {
        await refused(write, 'overlap', { data: { entity: 'booking', rule: 'perRoom', id: taken.id } })
        same(await others.find(), before, `the rows after a refused ${name}`)
      }
    },
    { skip },
  ),

  defineCase(
    'G2.insert-many-within-itself',
    'rows of one insertMany that overlap one another are refused, and none is stored; touching ones are stored',
    async ({ a }) => {
      const bookings = a.repository(Booking, scope)
      const rows = [
        { ...slot('13:00', '14:00'), id: 'c' },
        { ...slot('10:00', '12:00'), id: 'a' },
        { ...slot('11:00', '13:00'), id: 'b' },
      ]
      const error = await refused(bookings.insertMany(rows), 'overlap', {
        data: { entity: 'booking', rule: 'perRoom' },
      })
      ok(['a', 'b'].includes(error.data.id), 'the error names no row of the collision')
      equal(await bookings.count(), 0, 'rows after the refusal')
      const back = Array.from({ length: 24 }, (_, hour) => 23 - hour).map((hour) => ({
        roomId: 'room',
        startsAt: at(`${String(hour).padStart(2, '0')}:00`),
        endsAt: at(`${String(hour).padStart(2, '0')}:59`),
      }))
      equal((await bookings.insertMany(back)).length, 24, 'rows stored')
    },
    { skip },
  ),

  defineCase(
    'G2.own-interval-is-free',
    'a row is not in its own way: it can be moved over its own interval, prolonged and patched',
    async ({ a }) => {
      const bookings = a.repository(Booking, scope)
      const { id } = await bookings.insert({ ...slot('10:00', '12:00'), idempotencyKey: 'own' })
      await bookings.update(id, { startsAt: at('11:00'), endsAt: at('13:00') })
      await bookings.update(id, { endsAt: at('15:00') })
      await bookings.update(id, { guests: 4 })
      await bookings.upsert('idempotencyKey', { ...slot('10:00', '11:00'), idempotencyKey: 'own' }, { guests: 5 })
      equal(await bookings.updateMany({ where: {}, patch: { status: 'confirmed' } }), 1, 'rows confirmed')
      const row = await bookings.get(id)
      same([row?.startsAt, row?.endsAt, row?.version], [at('11:00'), at('15:00'), 6], 'the row in the end')
    },
    { skip },
  ),

  defineCase(
    'G2.freed-intervals',
    'an interval is free again after the row was deleted, cancelled or moved away',
    async ({ a, b }) => {
      const bookings = a.repository(Booking, scope)
      const others = b.repository(Booking, scope)
      const free = slot('10:00', '12:00')
      const first = await bookings.insert(free)
      await bookings.delete(first.id)
      const second = await others.insert(free)
      await bookings.update(second.id, { status: 'cancelled' })
      const third = await bookings.insert(free)
      await others.update(third.id, { roomId: 'elsewhere' })
      const fourth = await bookings.insert(free)
      await bookings.deleteMany({ where: { roomId: 'room', status: 'requested' } })
      equal(await others.get(fourth.id), null, 'the fourth row')
      await others.insert(free)
    },
    { skip },
  ),

  defineCase(
    'G2.reversed-intervals',
    'from at or after until is invalid-value, given whole or as one end of a stored interval',
    async ({ a }) => {
      const bookings = a.repository(Booking, scope)
      const row = await bookings.insert({ ...slot('10:00', '12:00'), idempotencyKey: 'row' })
      const data = { entity: 'booking' }
      const says = ['booking', 'startsAt', 'endsAt']
      const more = { data, says }
      await refused(bookings.insert(slot('12:00', '12:00')), 'invalid-value', more)
      await refused(bookings.insert(slot('13:00', '12:00')), 'invalid-value', more)
      await refused(bookings.insertMany([slot('20:00', '21:00'), slot('23:00', '22:00')]), 'invalid-value', more)
      await refused(bookings.update(row.id, { startsAt: at('12:00') }), 'invalid-value', more)
      await refused(bookings.update(row.id, { endsAt: at('10:00') }), 'invalid-value', more)
      await refused(bookings.update(row.id, { startsAt: at('15:00'), endsAt: at('14:00') }), 'invalid-value', more)
      await refused(
        bookings.upsert(
          'idempotencyKey',
          { ...slot('10:00', '12:00'), idempotencyKey: 'row' },
          { endsAt: at('09:00') },
        ),
        'invalid-value',
        more,
      )
      same(await bookings.find(), [row], 'the rows after the refusals')
      equal(await bookings.update('missing', { endsAt: at('09:00') }), null, 'a patch of a missing row')
    },
    { skip },
  ),

  defineCase(
    'G2.update-many',
    'updateMany refuses a patch of from, until or within; one of the other fields works, and is all or none',
    async ({ a, b }) => {
      const bookings = a.repository(Booking, scope)
      const patches = [{ startsAt: at('10:00') }, { endsAt: at('12:00') }, { roomId: 'elsewhere' }]
      await bookings.insertMany([
        { ...slot('10:00', '12:00'), status: 'cancelled' },
        { ...slot('11:00', '13:00'), status: 'cancelled' },
        { ...slot('15:00', '16:00'), status: 'cancelled' },
      ])
      const before = await bookings.find()
      for (const patch of patches)
        await refused(bookings.updateMany({ where: {}, patch }), 'unsupported', {
          says: ['booking', Object.keys(patch)[0] ?? '', 'perRoom'],
        })
      await refused(bookings.updateMany({ where: {}, patch: { status: 'confirmed' } }), 'overlap', {
        data: { entity: 'booking', rule: 'perRoom' },
      })
      same(await b.repository(Booking, scope).find(), before, 'the rows after the refusals')
      const where = { startsAt: { gt: at('10:00') } }
      equal(await bookings.updateMany({ where, patch: { status: 'confirmed' } }), 2, 'rows confirmed')
      equal(await bookings.updateMany({ where: {}, patch: { guests: 3 } }), 3, 'rows with three guests')
    },
    { skip },
  ),

  defineCase(
    'G2.definitions',
    'a rule with a nullable part, or with parts that are no instants, is no definition',
    async () => {
      const define = (fields: object, rule: object) => () =>
        defineEntity({ name: 'visit', fields, noOverlap: { perRoom: rule } } as never)
      const fields = { roomId: text(), from: instant(), until: instant() }
      const rule = { within: ['roomId'], from: 'from', until: 'until' }
      const more = { data: { entity: 'visit' }, says: ['visit', 'noOverlap.perRoom'] }
      for (const part of ['roomId', 'from', 'until'] as const) {
        const nullable = { ...fields, [part]: fields[part].nullable() }
        await refused(define(nullable, rule), 'invalid-definition', { ...more, says: [...more.says, part] })
      }
      await refused(define(fields, { ...rule, until: 'roomId' }), 'invalid-definition', more)
      await refused(define(fields, { ...rule, from: 'missing' }), 'invalid-definition', more)
      define(fields, rule)()
    },
  ),

  defineCase(
    'G2.undeclared',
    'where overlap rules are not declared, a storage with one is refused as unsupported before anything is written',
    async (world) => {
      await refused(world.open({ entities: [Booking] as readonly AnyEntity[] }), 'unsupported', { says: ['booking'] })
    },
    { skip: undeclared('overlap') },
  ),
]
