import type { RoomKitCase, World } from '../case.ts'
import { allWon, isRefusal, lost, ok, one, refused, same, won } from '../expect.ts'
import { at, checked, fresh, location, oneRoom, request, rooms } from '../given.ts'

/** A building, a floor in it and a room's place on that. */
async function threeLevels({ a }: World) {
  const house = await location(a, 'house')
  const floor = await location(a, 'house/floor', { parentId: house.id })
  const cell = await location(a, 'house/floor/cell', { parentId: floor.id })
  return { house, floor, cell }
}

const worthOf = (entry: { readonly value: unknown } | null) => entry?.value ?? null

/** A series of bookings, one on each of so many days at nine, in a room of its own. */
async function series({ a }: World, ruleId: string, days: number) {
  const { id } = await oneRoom(a)
  const types = ['original', 'modified', null] as const
  return await Promise.all(
    Array.from({ length: days }, (_, day) =>
      a.booking.createWithConflictCheck(
        request(id, {
          startsAt: at(9 + 24 * day),
          endsAt: at(10 + 24 * day),
          recurrenceRuleId: ruleId,
          recurrenceModType: types[day % 3] ?? null,
        }),
        checked,
      ),
    ),
  )
}

const rule = () => ({
  frequency: 'weekly' as const,
  daysOfWeek: [1, 3],
  calendarWeeks: null,
  seriesStartsAt: at(0),
  seriesEndsAt: at(24 * 60),
  exceptionDates: [at(24), at(48)],
})

const session = {
  cohortId: 'cohort',
  layoutType: 'every-other-seat',
  requiredCapacity: 10,
  supervisorIds: ['s'],
  metadata: null,
} as const

/** Configuration, priorities, recurrences, blackouts, conflicts, exams and bulk operations. */
export const planningCases: readonly RoomKitCase[] = [
  {
    id: 'config.one-global-entry',
    title: 'racers who set one key for the whole installation, or for one location, leave one entry',
    faults: [34],
    run: async ({ a, race, rounds }) => {
      const { id } = await location(a, 'house')
      for (let round = 0; round < rounds; round++) {
        const key = fresh('key')
        for (const place of [null, id]) {
          allWon(await race(({ config }, racer) => config.set(place, key, `${racer}`)), 'setting a key')
          one(
            (await a.config.getAll(place)).filter((entry) => entry.key === key),
            'entries of the key',
          )
        }
      }
      same((await a.config.getAll()).length, 2 * rounds, 'entries of all places')
    },
  },
  {
    id: 'config.resolve',
    title: "a key is resolved to the node's own entry, the nearest ancestor's, the global one, or nothing",
    faults: [23],
    run: async (world) => {
      const { a } = world
      const { house, floor, cell } = await threeLevels(world)
      const resolved = async () => worthOf(await a.config.resolve(cell.id, 'k'))
      same(await resolved(), null, 'nothing set')
      const places = [null, house.id, floor.id, cell.id]
      for (const [index, place] of places.entries()) {
        const entry = await a.config.set(place, 'k', `${index}`)
        same(entry.locationNodeId, place, 'the location of the entry')
        same(await resolved(), `${index}`, 'what is set nearest')
      }
      for (const [index, place] of [...places.entries()].reverse()) {
        same(worthOf(await a.config.get(place, 'k')), `${index}`, 'get')
        await a.config.delete(place, 'k')
        same(await resolved(), index === 0 ? null : `${index - 1}`, 'what is left')
      }
    },
  },
  {
    id: 'config.not-inherited',
    title: 'an entry that is not inherited counts for its own node alone; the flag can be set, and stays',
    faults: [35],
    run: async (world) => {
      const { a } = world
      const { house, floor, cell } = await threeLevels(world)
      await a.config.set(house.id, 'k', 'house')
      await a.config.set(floor.id, 'k', 'floor', { inheritFromParent: false })
      same(worthOf(await a.config.resolve(cell.id, 'k')), 'house', 'what the cell inherits')
      same(worthOf(await a.config.resolve(floor.id, 'k')), 'floor', "the floor's own")
      same((await a.config.set(floor.id, 'k', 'again')).inheritFromParent, false, 'the flag after another set')
    },
  },
  {
    id: 'config.keys',
    title: 'a key that cannot be kept is refused, and a location that is not there has no configuration',
    faults: [],
    run: async ({ a }) => {
      for (const key of ['', 'x'.repeat(600)])
        await refused(a.config.set(null, key, 'v'), 'CONFIG_KEY_INVALID', { key })
      await refused(a.config.set('none', 'k', 'v'), 'LOCATION_NOT_FOUND')
    },
  },
  {
    id: 'priority.one-tier',
    title: 'racers who upsert one name leave one tier, and it is found in small letters and large',
    faults: [36],
    run: async ({ a, race, rounds }) => {
      for (let round = 0; round < rounds; round++) {
        const name = fresh('Tier')
        allWon(await race(({ priority }, racer) => priority.upsert({ name, weight: racer })), 'upserting one name')
        one(
          (await a.priority.getAll()).filter((tier) => tier.name === name),
          'tiers of the name',
        )
        ok((await a.priority.findByName(name.toUpperCase()))?.name === name, 'found in capitals')
        same((await a.priority.upsert({ name, weight: 3 })).weight, 3, 'the weight of the last')
      }
      same(await a.priority.findByName('none'), null, 'a name of none')
    },
  },
  {
    id: 'recurrence.rule',
    title: 'a rule comes back as it was given: null weeks are not no weeks, and exceptions are Dates',
    faults: [40],
    run: async ({ a, b }) => {
      const created = await a.recurrence.createRule(rule())
      const found = await b.recurrence.getRuleById(created.id)
      same(found, created, 'the rule')
      const { id, createdAt, updatedAt } = created
      same(created, { id, createdAt, updatedAt, ...rule() }, 'its fields')
      ok(found?.calendarWeeks === null && found.exceptionDates.every((date) => date instanceof Date), 'null, and Dates')
      same((await a.recurrence.updateRule(created.id, { calendarWeeks: [] })).calendarWeeks, [], 'no weeks')
    },
  },
  {
    id: 'recurrence.delete-instances',
    title: 'instances from a moment on are deleted, that moment included, with whatever refers to them, and counted',
    faults: [37],
    run: async (world) => {
      const { a, b } = world
      const all = await series(world, 'rule', 6)
      const [first, , third, fourth] = all as [
        (typeof all)[0] & object,
        unknown,
        (typeof all)[0] & object,
        (typeof all)[0] & object,
      ]
      await a.exam.createSession({ ...session, supervisorIds: ['s'], bookingId: fourth.id })
      await a.conflict.record({ bookingAId: fourth.id, bookingBId: first.id, resolutionType: 'manual' })
      same(await a.recurrence.deleteInstancesByRule('rule', { after: third.startsAt }), 4, 'deleted')
      const left = await b.recurrence.getInstancesByRule('rule')
      same(
        left.map(({ id }) => id),
        all.slice(0, 2).map(({ id }) => id),
        'what is left, by start',
      )
      same(await b.exam.findByBooking(fourth.id), null, 'the exam of a booking that is gone')
      same(await a.recurrence.deleteInstancesByRule('rule'), 2, 'deleted without a moment')
    },
  },
  {
    id: 'recurrence.mod-types',
    title: 'a filter of kinds deletes instances of these kinds and no others',
    faults: [38],
    run: async (world) => {
      const { recurrence } = world.a
      await series(world, 'rule', 6)
      same(await recurrence.deleteInstancesByRule('rule', { modTypeFilter: [] }), 0, 'of no kind')
      same(await recurrence.deleteInstancesByRule('rule', { modTypeFilter: ['original'] }), 2, 'originals')
      const left = await recurrence.getInstancesByRule('rule')
      same(
        left.map(({ recurrenceModType }) => recurrenceModType),
        ['modified', null, 'modified', null],
        'kinds left',
      )
    },
  },
  {
    id: 'recurrence.rule-gone',
    title: 'instances of a deleted rule stay instances',
    faults: [39],
    run: async (world) => {
      const { id } = await world.a.recurrence.createRule(rule())
      await series(world, id, 2)
      await world.a.recurrence.deleteRule(id)
      same(await world.b.recurrence.getRuleById(id), null, 'the rule')
      same((await world.b.recurrence.getInstancesByRule(id)).length, 2, 'its instances')
    },
  },
  {
    id: 'blackout.half-open',
    title: 'a blackout counts for its node and all below it, and not for what only touches it',
    faults: [42, 43],
    run: async (world) => {
      const { a } = world
      const { house, floor } = await threeLevels(world)
      const drifted = await location(a, 'elsewhere', { parentId: floor.id })
      const blackout = await a.blackout.create({
        locationNodeId: house.id,
        scope: 'building',
        title: 'Works',
        reason: null,
        isRecurring: false,
        recurrenceRuleId: null,
        startsAt: at(9),
        endsAt: at(10),
      })
      const active = async (place: string, from: Date, until: Date) =>
        (await a.blackout.findActiveForScope(place, { startsAt: from, endsAt: until })).map(({ id }) => id)
      for (const { id } of [house, floor, drifted]) same(await active(id, at(9, 59), at(11)), [blackout.id], 'meeting')
      same(await active(floor.id, at(10), at(11)), [], 'touching its end')
      same(await active(floor.id, at(8), at(9)), [], 'touching its start')
      same(await a.blackout.findById(blackout.id), blackout, 'by its id')
      await a.blackout.delete(blackout.id)
      same(await active(house.id, at(9), at(10)), [], 'deleted')
    },
  },
  {
    id: 'conflict.either-side',
    title: 'a conflict is found from both of its bookings',
    faults: [],
    run: async ({ a, b }) => {
      const record = await a.conflict.record({
        bookingAId: 'x',
        bookingBId: 'y',
        resolutionType: 'manual',
        resolvedBy: null,
        resolvedAt: at(9),
      })
      for (const side of ['x', 'y']) same(await b.conflict.findByBooking(side), [record], side)
      same(await b.conflict.findByBooking('z'), [], 'another')
      ok(record.resolvedAt instanceof Date, 'resolvedAt is a Date')
    },
  },
  {
    id: 'exam.one-at-a-time',
    title: 'of racers who plan exams of one cohort at one time one succeeds',
    faults: [44],
    run: async ({ a, race, rounds, racers }) => {
      for (let round = 0; round < rounds; round++) {
        const cohortId = fresh('cohort')
        const ids: string[] = []
        for (const { id } of await rooms(a, racers))
          ids.push((await a.booking.createWithConflictCheck(request(id), checked)).id)
        const results = await race(({ exam }, racer) =>
          exam.createSession({ ...session, supervisorIds: [], cohortId, bookingId: ids[racer] ?? '' }),
        )
        const { id: conflictingSessionId } = one(won(results), 'exams planned')
        for (const error of lost(results)) isRefusal(error, 'EXAM_COHORT_OVERLAP', { cohortId, conflictingSessionId })
        one(await a.exam.findConflictingCohort(cohortId, { startsAt: at(9), endsAt: at(10) }), 'exams stored')
      }
    },
  },
  {
    id: 'exam.cancelled',
    title: "a cancelled booking's exam is in nobody's way, and a layout is named as the host names it",
    faults: [41, 44],
    run: async ({ a }) => {
      const { id: roomId } = await oneRoom(a)
      const first = await a.booking.createWithConflictCheck(request(roomId), checked)
      const exam = await a.exam.createSession({ ...session, supervisorIds: ['s'], bookingId: first.id })
      same(exam.layoutType, 'every-other-seat', 'layout')
      same(await a.exam.findByBooking(first.id), exam, 'by its booking')
      await a.booking.transition(first.id, 'cancelled', { triggeredBy: 'test' })
      same(await a.exam.findConflictingCohort('cohort', { startsAt: at(9), endsAt: at(10) }), [], 'in the way')
      const second = await a.booking.createWithConflictCheck(request(roomId), checked)
      await a.exam.createSession({ ...session, supervisorIds: ['s'], bookingId: second.id })
      await refused(a.exam.createSession({ ...session, supervisorIds: [], bookingId: 'none' }), 'BOOKING_NOT_FOUND')
    },
  },
  {
    id: 'bulk.never-backwards',
    title: 'progress told by several never goes backwards, and a final status stays',
    faults: [45],
    run: async ({ a, race, rounds, racers }) => {
      for (let round = 0; round < rounds; round++) {
        const { id } = await a.bulkOperation.create({ type: 'date_shift', totalItems: 100, triggeredBy: 'x' })
        const told = allWon(
          await race(({ bulkOperation }, racer) =>
            bulkOperation.updateProgress(id, {
              processedItems: 50 - racer,
              conflictsDetected: racer,
              status: 'processing',
            }),
          ),
          'telling progress',
        )
        ok(
          told.every(({ status }) => status === 'processing'),
          'all see it processing',
        )
        const last = { processedItems: 100, conflictsDetected: 1 }
        const { completedAt } = await a.bulkOperation.updateProgress(id, { ...last, status: 'completed' })
        await a.bulkOperation.updateProgress(id, { processedItems: 3, conflictsDetected: 0, status: 'failed' })
        const late = await a.bulkOperation.updateProgress(id, {
          processedItems: 3,
          conflictsDetected: 0,
          status: 'processing',
        })
        const { processedItems, conflictsDetected, status } = late
        same([processedItems, conflictsDetected, status], [100, racers - 1, 'completed'], 'what is told in the end')
        ok(completedAt instanceof Date && late.completedAt?.getTime() === completedAt.getTime(), 'completed once')
        same(await a.bulkOperation.getResult(id), late, 'what is stored')
      }
    },
  },
]
