import type { Room } from '../../model.ts'
import type { RoomKitCase } from '../case.ts'
import { allWon, failure, isRefusal, lost, ok, one, refused, same, won } from '../expect.ts'
import { at, checked, fresh, location, oneRoom, request, room, rooms, wholeDay } from '../given.ts'

const pathsOf = (nodes: readonly { readonly path: string }[]) => nodes.map(({ path }) => path)

/** Locations and rooms. */
export const placeCases: readonly RoomKitCase[] = [
  {
    id: 'location.ancestors',
    title: 'ancestors come nearest first, without the node, by its parents and not by its path',
    faults: [23, 43],
    run: async ({ a }) => {
      const campus = await location(a, 'campus')
      const house = await location(a, 'campus/house', { parentId: campus.id })
      const drifted = await location(a, 'elsewhere/floor', { parentId: house.id })
      const cell = await location(a, 'campus/house/floor/cell', { parentId: drifted.id })
      same(pathsOf(await a.location.getAncestors(cell.id)), ['elsewhere/floor', 'campus/house', 'campus'], 'ancestors')
      same(await a.location.getAncestors(campus.id), [], 'ancestors of a root')
      same(pathsOf(await a.location.getChildren(campus.id)), ['campus/house'], 'children')
    },
  },
  {
    id: 'location.scope',
    title: 'a scope is a node and all below it by whole segments, whatever letters its path has',
    faults: [24],
    run: async ({ a }) => {
      for (const path of ['campus-a', 'campus-a/x', 'campus-ab', 'campus_a', 'campus_a/x', 'campus%', 'campus'])
        await location(a, path, { type: path.includes('/') ? 'floor' : 'campus', isActive: path !== 'campus_a' })
      const scope = async (parentPath: string, more: object = {}) =>
        pathsOf(await a.location.queryByScope({ parentPath, ...more })).sort()
      same(await scope('campus-a'), ['campus-a', 'campus-a/x'], 'campus-a')
      same(await scope('campus_a'), ['campus_a', 'campus_a/x'], 'campus_a')
      same(await scope('campus%'), ['campus%'], 'campus%')
      same(await scope('campus-a', { type: 'floor' }), ['campus-a/x'], 'floors of campus-a')
      same(await scope('campus_a', { isActive: true }), ['campus_a/x'], 'active ones of campus_a')
    },
  },
  {
    id: 'location.leading-slash',
    title: 'a path is the same with and without a slash before it',
    faults: [25],
    run: async ({ a }) => {
      const seeded = await location(a, '/university')
      const { id } = await location(a, 'university/hall', { parentId: seeded.id })
      same((await a.location.getByPath('university'))?.id, seeded.id, 'university')
      same((await a.location.getByPath('/university/hall'))?.id, id, '/university/hall')
      same((await a.location.queryByScope({ parentPath: '/university' })).length, 2, 'nodes of /university')
      await refused(location(a, 'university'), 'LOCATION_PATH_CONFLICT')
    },
  },
  {
    id: 'location.no-ring',
    title: 'a location cannot be moved below itself',
    faults: [26],
    run: async ({ a }) => {
      const top = await location(a, 'top')
      const middle = await location(a, 'top/middle', { parentId: top.id })
      const low = await location(a, 'top/middle/low', { parentId: middle.id })
      for (const parentId of [top.id, middle.id, low.id])
        await refused(a.location.update(top.id, { parentId }), 'LOCATION_PATH_CONFLICT')
      same(pathsOf(await a.location.getAncestors(low.id)), ['top/middle', 'top'], 'ancestors')
    },
  },
  {
    id: 'location.one-path',
    title: 'of racers who make one path one succeeds; a path that is taken can be neither made nor moved to',
    faults: [27],
    run: async ({ a, race, rounds }) => {
      for (let round = 0; round < rounds; round++) {
        const path = fresh('path')
        const results = await race((storages) => location(storages, path))
        one(won(results), 'locations made')
        for (const error of lost(results)) isRefusal(error, 'LOCATION_PATH_CONFLICT', { path })
      }
      await location(a, 'taken')
      const { id } = await location(a, 'other')
      await refused(a.location.update(id, { path: 'taken' }), 'LOCATION_PATH_CONFLICT', { path: 'taken' })
      same((await a.location.update(id, { displayName: 'Other' })).path, 'other', 'the path')
    },
  },
  {
    id: 'location.alias',
    title: 'an alias is resolved to the node that has had it longest',
    faults: [28],
    run: async ({ a, b }) => {
      const first = await location(a, 'first', { aliases: ['main', 'old'] })
      const second = await location(a, 'second', { aliases: ['main'] })
      same(await b.location.resolveAlias('main'), first, 'main')
      await a.location.update(first.id, { aliases: ['old'] })
      same((await b.location.resolveAlias('main'))?.id, second.id, 'main, after the first gave it up')
      same((await b.location.resolveAlias('old'))?.id, first.id, 'old')
      same(await b.location.resolveAlias('none'), null, 'none')
    },
  },
  {
    id: 'location.not-found',
    title: 'a location that is not there is told as such by what has to stand on it',
    faults: [29],
    run: async ({ a }) => {
      const context = { locationNodeId: 'none' }
      await refused(location(a, 'x', { parentId: 'none' }), 'LOCATION_NOT_FOUND', context)
      await refused(a.location.update('none', { displayName: 'x' }), 'LOCATION_NOT_FOUND', context)
      await refused(room(a, 'none'), 'LOCATION_NOT_FOUND', context)
    },
  },
  {
    id: 'delete.of-none',
    title: 'deleting what is not there is done already, everywhere',
    faults: [29, 30],
    run: async ({ a }) => {
      const { id } = await oneRoom(a)
      await Promise.all([a.location.delete('none'), a.room.delete('none'), a.room.deletePartition('none')])
      await Promise.all([a.blackout.delete('none'), a.exam.delete('none'), a.recurrence.deleteRule('none')])
      await Promise.all([a.room.removeEquipment(id, 'none'), a.room.removeAccessibility(id, 'none')])
      await a.config.delete(null, 'none')
    },
  },
  {
    id: 'delete.of-what-is-stood-on',
    title: 'a location with nodes or rooms and a room with bookings stay, and stay whole',
    faults: [29],
    run: async ({ a }) => {
      const house = await location(a, 'house')
      const floor = await location(a, 'house/floor', { parentId: house.id, aliases: ['up'] })
      const { id } = await room(a, floor.id)
      await a.room.addEquipment(id, 'beamer')
      await a.booking.createWithConflictCheck(request(id), checked)
      await failure(a.location.delete(house.id), 'it has a floor')
      await failure(a.location.delete(floor.id), 'it has a room')
      await failure(a.room.delete(id), 'it has a booking')
      same((await a.room.getWithEquipment(id))?.equipment.length, 1, 'equipment of the room')
      same((await a.location.resolveAlias('up'))?.id, floor.id, 'the alias of the floor')
      const empty = await oneRoom(a)
      await a.room.delete(empty.id)
      same(await a.room.findById(empty.id), null, 'a room without bookings')
    },
  },
  {
    id: 'delete.race',
    title:
      'a room that goes while it is booked, and a location while rooms are added, leave nothing that stands on nothing',
    faults: [29],
    run: async ({ a, b, race, rounds }) => {
      for (let round = 0; round < rounds; round++) {
        const { id: roomId } = await oneRoom(a)
        await race(async ({ room: { delete: remove }, booking }, racer): Promise<unknown> => {
          if (racer === 3) return await remove(roomId)
          return await booking.createWithConflictCheck(
            request(roomId, { startsAt: at(racer), endsAt: at(racer + 1) }),
            checked,
          )
        })
        const there = await b.room.findById(roomId)
        const { items } = await b.booking.findByRoom(roomId, wholeDay)
        ok(there !== null || items.length === 0, 'bookings stand on a room')
        const { id } = await location(a, fresh('house'))
        const results = await race(async (storages, racer): Promise<unknown> => {
          if (racer === 3) return await storages.location.delete(id)
          return await room(storages, id)
        })
        const rooms = won(results).filter((made) => made !== undefined)
        ok((await b.location.getById(id)) !== null || rooms.length === 0, 'rooms stand on a location')
      }
    },
  },
  {
    id: 'room.tags',
    title: 'a tag that is added by several, or again, is there once',
    faults: [30],
    run: async ({ a, race }) => {
      const { id } = await oneRoom(a)
      const tags = allWon(await race((storages) => storages.room.addEquipment(id, 'beamer')), 'adding one tag')
      same(new Set(tags.map((tag) => tag.id)).size, 1, 'rows of the tag')
      await a.room.addAccessibility(id, 'ramp')
      const found = await a.room.getWithEquipment(id)
      same(found?.equipment, [{ id: tags[0]?.id, roomId: id, tag: 'beamer' }], 'equipment')
      same(
        found?.accessibility.map(({ attribute }) => attribute),
        ['ramp'],
        'accessibility',
      )
      await a.room.removeEquipment(id, 'beamer')
      same((await a.room.getWithEquipment(id))?.equipment, [], 'equipment after its removal')
    },
  },
  {
    id: 'room.hours',
    title: 'of racers who set hours one is right as a whole; they come by day, and a day named twice changes nothing',
    faults: [31],
    run: async ({ a, b, race, rounds }) => {
      const { id } = await location(a, 'house')
      const days = (hour: number, count: number) =>
        Array.from({ length: count }, (_, index) => ({
          dayOfWeek: count - 1 - index,
          opensAt: `0${hour % 10}:00`,
          closesAt: '20:00',
        }))
      for (let round = 0; round < rounds; round++) {
        allWon(
          await race(({ room }, racer) => room.setOperatingHours(id, days(racer, 1 + (racer % 7)))),
          'setting hours',
        )
        const hours = await b.room.getOperatingHours(id)
        same(new Set(hours.map(({ opensAt }) => opensAt)).size, 1, 'writers of what is stored')
        same(
          hours.map(({ dayOfWeek }) => dayOfWeek),
          hours.map((_, index) => index),
          'days',
        )
      }
      const before = await a.room.getOperatingHours(id)
      await failure(a.room.setOperatingHours(id, [...days(1, 1), ...days(2, 1)]), 'a day is named twice')
      same(await b.room.getOperatingHours(id), before, 'hours after the refusal')
      await a.room.setOperatingHours(id, [])
      same(await b.room.getOperatingHours(id), [], 'no hours')
    },
  },
  {
    id: 'room.filter',
    title: 'a filter asks for all of its tags, its capacity and its scope; what is left out or empty asks for nothing',
    faults: [24, 32],
    run: async ({ a }) => {
      const [house, annex] = [await location(a, 'h'), await location(a, 'hh')]
      const small = await room(a, house.id, { seatedCapacity: 5, examCapacity: 50 })
      const large = await room(a, house.id, { seatedCapacity: 50, examCapacity: 5 })
      const closed = await room(a, annex.id, { isActive: false })
      for (const tag of ['beamer', 'board']) await a.room.addEquipment(large.id, tag)
      await a.room.addEquipment(small.id, 'beamer')
      await a.room.addAccessibility(small.id, 'ramp')
      const idsOf = (found: readonly Room[]) => found.map(({ id }) => id).sort()
      const find = async (filter: Parameters<typeof a.room.findByCompoundFilter>[0], ...expected: Room[]) =>
        same(idsOf(await a.room.findByCompoundFilter(filter)), idsOf(expected), JSON.stringify(filter))
      await find({}, small, large, closed)
      await find({ equipment: [], accessibility: [], capacityType: 'exam' }, small, large, closed)
      await find({ equipment: ['beamer'] }, small, large)
      await find({ equipment: ['beamer', 'board', 'beamer'] }, large)
      await find({ equipment: ['beamer'], accessibility: ['ramp'] }, small)
      await find({ equipment: ['beamer', 'none'] })
      await find({ minCapacity: 20 }, large, closed)
      await find({ minCapacity: 20, capacityType: 'exam' }, small, closed)
      await find({ locationScope: 'h' }, small, large)
      await find({ isActive: false }, closed)
    },
  },
  {
    id: 'room.partitions',
    title: 'the partitions of a room are those in which it is parent or child, each once',
    faults: [33],
    run: async ({ a, race }) => {
      const [top, middle, low] = (await rooms(a, 3)) as [Room, Room, Room]
      const pair = { parentRoomId: top.id, childRoomId: middle.id }
      const made = allWon(await race(({ room }) => room.createPartition(pair)), 'making one partition')
      same(new Set(made.map(({ id }) => id)).size, 1, 'rows of the partition')
      const lower = await a.room.createPartition({ parentRoomId: middle.id, childRoomId: low.id })
      const tree = await a.room.getPartitionTree(middle.id)
      same(tree.map(({ id }) => id).sort(), [made[0]?.id ?? '', lower.id].sort(), 'partitions of the one in the middle')
      same(
        (await a.room.getPartitionTree(low.id)).map(({ id }) => id),
        [lower.id],
        'partitions of the lowest',
      )
    },
  },
  {
    id: 'room.changes',
    title: 'a room changes by its patch alone, and a booking leaves it as it was',
    faults: [],
    run: async ({ a, b }) => {
      const before = await oneRoom(a)
      ok(before.createdAt instanceof Date && before.updatedAt instanceof Date, 'times are Dates')
      await a.booking.createWithConflictCheck(request(before.id, { startsAt: at(1), endsAt: at(2) }), checked)
      same(await b.room.findById(before.id), before, 'the room after a booking')
      const after = await a.room.update(before.id, { seatedCapacity: 7 })
      same({ ...after, updatedAt: before.updatedAt }, { ...before, seatedCapacity: 7 }, 'the room after a change')
      await refused(a.room.update('none', { seatedCapacity: 7 }), 'ROOM_NOT_FOUND', { roomId: 'none' })
    },
  },
]
