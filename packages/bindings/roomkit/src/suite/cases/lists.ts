import type { Booking, PaginatedResult, Pagination } from '../../model.ts'
import type { RoomKitCase, World } from '../case.ts'
import { allWon, failure, ok, same } from '../expect.ts'
import { at, oneRoom, request, unchecked } from '../given.ts'

const month = { startsAt: at(0), endsAt: at(24 * 40) }

/** As many as asked for, made by racers, so that many have one time of making. */
async function bookMany({ a, race }: World, count: number): Promise<{ roomId: string; bookings: Booking[] }> {
  const { id: roomId } = await oneRoom(a)
  const results = await race(
    ({ booking }, racer) =>
      booking.createWithConflictCheck(
        request(roomId, { startsAt: at(racer), endsAt: at(racer + 1), recurrenceRuleId: `rule ${racer}` }),
        unchecked,
      ),
    count,
  )
  return { roomId, bookings: allWon(results, 'bookings of different hours') }
}

async function walk<T>(page: (pagination: Pagination) => Promise<PaginatedResult<T>>, limit: number): Promise<T[]> {
  const all: T[] = []
  let cursor: string | undefined
  for (let pages = 0; pages < 1000; pages++) {
    const { items, nextCursor } = await page(cursor === undefined ? { limit } : { limit, cursor })
    ok(items.length <= limit, 'a page holds no more than its limit')
    all.push(...items)
    if (nextCursor === undefined) return all
    cursor = nextCursor
  }
  throw new Error('the pages do not end')
}

const idsOf = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id)
const inOrder = (rows: readonly { readonly id: string }[]) => idsOf(rows).sort()

export const listCases: readonly RoomKitCase[] = [
  {
    id: 'list.unpaged',
    title: 'without pagination everything comes, and no cursor',
    faults: [19],
    run: async (world) => {
      const { roomId, bookings } = await bookMany(world, 60)
      for (const list of [
        await world.b.booking.findByRoom(roomId, month),
        await world.b.booking.findByPerson('person', month),
      ]) {
        same(inOrder(list.items), inOrder(bookings), 'the list')
        ok(!('nextCursor' in list) || list.nextCursor === undefined, 'no cursor after everything')
      }
    },
  },
  {
    id: 'list.pages',
    title: 'pages visit each booking once, in order of making, and the last one has no cursor',
    faults: [19, 20],
    run: async (world) => {
      const { roomId, bookings } = await bookMany(world, 24)
      for (const limit of [1, 5, 8, 24, 100]) {
        const walked = await walk((page) => world.b.booking.findByRoom(roomId, month, page), limit)
        same(inOrder(walked), inOrder(bookings), `pages of ${limit}`)
        const times = walked.map(({ createdAt }) => createdAt.getTime())
        same(
          times,
          [...times].sort((one, other) => one - other),
          `times of making in pages of ${limit}`,
        )
      }
      const byPerson = await walk((page) => world.b.booking.findByPerson('person', month, page), 7)
      same(inOrder(byPerson), inOrder(bookings), "a person's pages")
    },
  },
  {
    id: 'list.cursor-of-a-booking-gone',
    title: 'pages go on where they were when bookings of the page before are deleted',
    faults: [21],
    run: async (world) => {
      const { roomId } = await bookMany(world, 12)
      const page = (pagination: Pagination) => world.a.booking.findByRoom(roomId, month, pagination)
      const all = (await page({ limit: 100 })).items
      const first = await page({ limit: 4 })
      for (const { recurrenceRuleId } of all.slice(2, 5))
        same(await world.b.recurrence.deleteInstancesByRule(recurrenceRuleId ?? ''), 1, 'deleted bookings')
      const second = await page({ limit: 100, cursor: first.nextCursor ?? '' })
      same(idsOf(second.items), idsOf(all.slice(5)), 'the second page')
    },
  },
  {
    id: 'list.no-such-page',
    title: 'a limit that is none and a damaged cursor are refused',
    faults: [22],
    run: async (world) => {
      const { roomId } = await bookMany(world, 3)
      for (const limit of [0, -1, 1.5])
        await failure(world.a.booking.findByRoom(roomId, month, { limit }), `limit ${limit}`)
      await failure(world.a.booking.findByRoom(roomId, month, { limit: 2, cursor: 'nonsense' }), 'a cursor of no list')
      await failure(world.a.audit.queryByTimeRange(month, { limit: 0 }), 'limit 0')
    },
  },
  {
    id: 'list.on-behalf-of',
    title: "a person's list has what others have requested on the person's behalf",
    faults: [17],
    run: async ({ a }) => {
      const { id } = await oneRoom(a)
      const own = await a.booking.createWithConflictCheck(request(id, { requesterId: 'ada' }), unchecked)
      const behalf = { onBehalfOfId: 'ada', startsAt: at(10), endsAt: at(11) }
      const other = await a.booking.createWithConflictCheck(request(id, behalf), unchecked)
      await a.booking.createWithConflictCheck(request(id, { startsAt: at(11), endsAt: at(12) }), unchecked)
      same(inOrder((await a.booking.findByPerson('ada', month)).items), inOrder([own, other]), "ada's bookings")
    },
  },
  {
    id: 'list.range',
    title: 'a range is half-open and has bookings of every status that meet it',
    faults: [],
    run: async ({ a }) => {
      const { id } = await oneRoom(a)
      const gone = await a.booking.createWithConflictCheck(request(id, { status: 'cancelled' }), unchecked)
      const find = async (startsAt: Date, endsAt: Date) =>
        idsOf((await a.booking.findByRoom(id, { startsAt, endsAt })).items)
      same(await find(at(9, 30), at(9, 45)), [gone.id], 'within')
      same(await find(at(8), at(9)), [], 'before')
      same(await find(at(10), at(11)), [], 'after')
    },
  },
  {
    id: 'audit.range',
    title: 'both ends belong to the range of the audit, and its pages visit each row once',
    faults: [19, 20],
    run: async (world) => {
      const { bookings } = await bookMany(world, 9)
      for (const { id } of bookings) await world.a.booking.transition(id, 'confirmed', { triggeredBy: 'test' })
      const all = (await world.b.audit.queryByTimeRange({ startsAt: new Date(0), endsAt: at(0) })).items
      same(all.length, 9, 'rows')
      const range = { startsAt: all[0]?.timestamp ?? at(0), endsAt: all.at(-1)?.timestamp ?? at(0) }
      same((await world.b.audit.queryByTimeRange(range)).items, all, 'from the first moment to the last')
      const walked = await walk((page) => world.b.audit.queryByTimeRange(range, page), 2)
      same(walked, all, 'pages of two')
    },
  },
  {
    id: 'audit.append',
    title: 'a row that the host appends is part of the audit',
    faults: [],
    run: async ({ a, b }) => {
      const row = {
        bookingId: 'b',
        fromStatus: null,
        toStatus: 'requested',
        triggeredBy: 'x',
        reason: null,
        timestamp: at(9),
      } as const
      const appended = await a.audit.append(row)
      same(await b.audit.queryByBooking('b'), [appended], 'the audit')
      same({ ...appended, id: '' }, { ...row, id: '' }, 'the row')
    },
  },
]
