import { defineEntity, instant, integer, isStorageError, oneOf, text } from '@portolan/ports'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hour } from './entities.ts'
import { openReady } from './open.ts'

const Slot = defineEntity({
  name: 'slot',
  fields: {
    place: text(),
    begins: instant(),
    ends: instant(),
    state: oneOf('on', 'off'),
    rank: integer(),
    mark: text().nullable(),
  },
  unique: { byRank: ['place', 'rank'], byMark: ['mark'] },
  noOverlap: { perPlace: { within: ['place'], from: 'begins', until: 'ends', where: { state: 'on' } } },
})

interface Row {
  readonly id: string
  readonly place: string
  readonly begins: string
  readonly ends: string
  readonly state: 'on' | 'off'
  readonly rank: number
  readonly mark: string | null
}

/** Whether rows keep the entity's keys and its rule: by looking at every pair. */
function keeps(rows: readonly Row[]): boolean {
  return rows.every((a, index) =>
    rows.slice(index + 1).every((b) => {
      if (a.place === b.place && a.rank === b.rank) return false
      if (a.mark !== null && a.mark === b.mark) return false
      const meet = a.place === b.place && a.begins < b.ends && b.begins < a.ends
      return !(meet && a.state === 'on' && b.state === 'on')
    }),
  )
}

const rows = fc
  .array(
    fc.record({
      place: fc.constantFrom('a', 'b'),
      begins: fc.nat(8),
      length: fc.integer({ min: 1, max: 4 }),
      state: fc.constantFrom('on', 'off'),
      rank: fc.nat(20),
      mark: fc.constantFrom(null, null, 'x', 'y'),
    }),
    { maxLength: 8 },
  )
  .map((given) => {
    const kept: Row[] = []
    for (const [index, { begins, length, ...row }] of given.entries()) {
      const next = { ...row, id: `${index}`, begins: hour(begins), ends: hour(begins + length) } as Row
      if (keeps([...kept, next])) kept.push(next)
    }
    return kept
  })

const change = fc.record({
  where: fc.oneof(
    fc.record({ place: fc.constantFrom('a', 'b') }),
    fc.record({ state: fc.constantFrom('on', 'off') as fc.Arbitrary<'on' | 'off'> }),
    fc.record({ rank: fc.record({ lt: fc.nat(20) }) }),
    fc.record({ mark: fc.constantFrom(null, 'x') }),
    fc.constant({}),
  ),
  patch: fc.oneof(
    fc.record({ state: fc.constantFrom('on', 'off') as fc.Arbitrary<'on' | 'off'> }),
    fc.record({ mark: fc.constantFrom(null, 'x', 'z') }),
    fc.record({ rank: fc.nat(20) }),
    fc.record({ state: fc.constant('on' as const), mark: fc.constantFrom('z', 'x') }),
  ),
})

function matches(row: Row, where: object): boolean {
  return Object.entries(where).every(([field, wanted]) => {
    const value = row[field as keyof Row]
    return typeof wanted === 'object' && wanted !== null ? (value as number) < wanted.lt : value === wanted
  })
}

test('updateMany does all of it or refuses, exactly as every pair of the rows afterwards says', async () => {
  const { storage } = await openReady({ entities: [Slot] })
  const slots = storage.repository(Slot)
  const outcomes = { done: 0, refused: 0 }
  await fc.assert(
    fc.asyncProperty(rows, change, async (before, { where, patch }) => {
      await slots.deleteMany({ where: {} })
      await slots.insertMany(before)
      const changing = before.filter((row) => matches(row, where))
      const after = before.map((row) => (changing.includes(row) ? { ...row, ...patch } : row)) as Row[]
      const outcome = await slots.updateMany({ where: where as never, patch }).catch((thrown: unknown) => thrown)
      const stored = await slots.find()
      if (keeps(after)) {
        expect(outcome).toBe(changing.length)
        expect(stored).toEqual(after)
        outcomes.done++
      } else {
        expect(isStorageError(outcome, 'overlap') || isStorageError(outcome, 'duplicate'), String(outcome)).toBe(true)
        const { id } = (outcome as { data: { id: string } }).data
        expect(before.some((row) => row.id === id)).toBe(true)
        expect(stored).toEqual(before)
        outcomes.refused++
      }
    }),
    { numRuns: 400 },
  )
  expect(outcomes.done).toBeGreaterThan(50)
  expect(outcomes.refused).toBeGreaterThan(50)
})

test('an increment out of range is refused before anything is written, by every call', async () => {
  const { storage } = await openReady({ entities: [Slot] })
  const slots = storage.repository(Slot)
  const row = (rank: number, id: string) => ({
    id,
    place: 'a',
    begins: hour(rank % 7),
    ends: hour((rank % 7) + 1),
    state: 'off' as const,
    rank,
  })
  await slots.insertMany([row(1, 'small'), row(Number.MAX_SAFE_INTEGER - 1, 'large')])
  const beyond = { rank: { increment: 2 } }
  const refusals = [
    slots.updateMany({ where: {}, patch: beyond }),
    slots.update('large', beyond),
    slots.upsert('byRank', row(Number.MAX_SAFE_INTEGER - 1, 'large'), beyond),
  ]
  for (const refusal of refusals)
    await expect(refusal).rejects.toMatchObject({ code: 'invalid-value', data: { field: 'rank' } })
  expect((await slots.find({ orderBy: { rank: 'asc' } })).map(({ rank }) => rank)).toEqual([
    1,
    Number.MAX_SAFE_INTEGER - 1,
  ])
  expect((await slots.update('large', { rank: { increment: 1 } }))?.rank).toBe(Number.MAX_SAFE_INTEGER)
})
