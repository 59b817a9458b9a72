import { describe, expect, test } from 'vitest'
import { type RoomKitCase, type RoomKitTarget, roomKitCases, runRoomKitCase } from '../src/suite/index.ts'
import { mutants } from './naive/mutants.ts'
import { naiveStorages } from './naive/storages.ts'
import { memoryTarget } from './targets.ts'

const isBroken = (one: RoomKitCase, target: RoomKitTarget): Promise<boolean> =>
  runRoomKitCase(one, target).then(
    () => false,
    () => true,
  )

async function brokenOn(target: RoomKitTarget): Promise<string[]> {
  const broken: string[] = []
  for (const one of roomKitCases) if (await isBroken(one, target)) broken.push(one.id)
  return broken.sort()
}

const naive: RoomKitTarget = {
  name: 'naive',
  async open() {
    const storages = naiveStorages()
    return { first: storages, second: storages, close: async () => {} }
  },
}

/** What an adapter with upstream's faults gets right. */
const keptByNaive = [
  'audit.append',
  'booking.as-stored',
  'booking.half-open',
  'booking.one-room-many-slots',
  'booking.partition-removed',
  'booking.related-rooms',
  'booking.ten-rooms',
  'conflict.either-side',
  'list.range',
]

test('an adapter as it is usually written breaks every other case, each of twenty times', async () => {
  const expected = roomKitCases.map(({ id }) => id).filter((id) => !keptByNaive.includes(id))
  for (let run = 0; run < 20; run++) expect(await brokenOn(naive)).toEqual(expected.sort())
})

describe('one fault in storages that are good otherwise', () => {
  test.each(mutants)('fault $fault: $name', async ({ breaks, wrap }) => {
    const target: RoomKitTarget = {
      ...memoryTarget,
      rounds: 1,
      async open() {
        const { first, second, close } = await memoryTarget.open()
        return { first: wrap(first), second: wrap(second), close }
      },
    }
    expect(await brokenOn(target)).toEqual([...breaks].sort())
  })
})

/** What no storage can do anything about, or what only its advice can help with: see the README. */
const hostsOwn = [18, 46]

test("every fault but the host's own is looked for by a case that was seen to fail", () => {
  const found = new Set(roomKitCases.filter(({ id }) => !keptByNaive.includes(id)).flatMap(({ faults }) => faults))
  for (const { fault } of mutants) found.add(fault)
  const all = Array.from({ length: 46 }, (_, index) => index + 1)
  expect(all.filter((fault) => !found.has(fault))).toEqual([5, ...hostsOwn])
})
