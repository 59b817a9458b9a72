import { all, always, type Order, type Predicate, type StoredRow, storedEntity } from '@portolan/adapter-kit'
import { defineEntity, float, instant, integer, json, text } from '@portolan/ports'
import { afterAll, beforeEach, expect, test } from 'vitest'
import type { Asked } from '../../src/engine.ts'
import { classify } from '../../src/errors.ts'
import { type Shelf, shelfOf } from './shelf.ts'

const Visit = defineEntity({
  name: 'visit',
  fields: {
    guest: text(),
    at: instant().nullable(),
    spent: integer(),
    part: float().nullable(),
    more: json().nullable(),
  },
  indexes: { byGuest: ['guest', 'at'] },
})
const entity = storedEntity(Visit)
const byId: Order[] = [{ field: 'id', direction: 'asc', nullable: false }]
const visit = (id: string, more: Partial<StoredRow> = {}): StoredRow =>
  ({ id, guest: 'g', at: null, spent: -3, part: 0.5, more: '{"a":[]}', ...more }) as StoredRow

let shelf: Shelf
beforeEach(async () => {
  await shelf?.close()
  shelf = await shelfOf(Visit, { scanBound: 5 })
  await shelf.put([visit('a'), visit('b', { guest: 'h' }), visit('c', { part: null, more: null })])
})
afterAll(() => shelf.close())

const rows = (
  where: Predicate,
  more: { readonly limit?: number; readonly fields?: readonly string[] } = {},
): Asked => ({
  select: {
    entity,
    scope: null,
    where,
    order: byId,
    after: null,
    limit: null,
    offset: 0,
    fields: ['id'],
    lock: false,
    ...more,
  },
})
const ofGuest = (guest: string): Predicate => ({ op: 'eq', field: 'guest', value: guest })
const count = (where: Predicate): Asked => ({ count: { entity, scope: null, where } })
const inTime = () => performance.now() + 10_000

/** As a script that writes does. */
async function change(more: readonly StoredRow[]): Promise<void> {
  await shelf.put(more)
  await shelf.place.client.hincrby(shelf.keys[0] ?? '', 'writes', 1)
}

test('several questions are answered at once, at one moment of the clock of the store', async () => {
  const asked = [
    rows(ofGuest('g')),
    count(always),
    rows(ofGuest('nobody')),
    rows(always, { limit: 1, fields: ['id', 'part', 'more', 'spent'] }),
  ]
  const answer = await shelf.reads.look(asked, inTime())
  expect(answer.answers).toEqual([
    [{ id: 'a' }, { id: 'c' }],
    3,
    [],
    [{ id: 'a', part: 0.5, more: '{"a":[]}', spent: -3 }],
  ])
  expect(Math.abs(answer.now - Date.now())).toBeLessThan(60_000)
  expect(shelf.engine.connection.notAfter(performance.now())).toBeGreaterThan(Date.now() - 60_000)
})

test('a row whose later fields are missing has null there', async () => {
  await shelf.place.client.hset(shelf.keys[1] ?? '', 'a', Buffer.from([0x93, 0xa1, 0x31, 0xa1, 0x61, 0xa1, 0x67]))
  const { answers } = await shelf.reads.look([rows(ofGuest('g'), { fields: Object.keys(entity.fields) })], inTime())
  const [found] = answers as [StoredRow[]]
  expect(found[0]).toEqual({ id: 'a', guest: 'g', at: null, spent: null, part: null, more: null })
})

test.each<[string, Asked, StoredRow[], boolean]>([
  ['a row that was seen', rows(ofGuest('g')), [visit('a', { spent: 9 })], true],
  ['a row that would be among them', rows(ofGuest('g')), [visit('d')], true],
  ['a row of no concern', rows(ofGuest('g')), [visit('d', { guest: 'k' })], false],
  ['a row beyond the limit', rows(ofGuest('g'), { limit: 1 }), [visit('d')], false],
  ['a row that nobody found', rows({ op: 'eq', field: 'id', value: 'd' }), [visit('d')], true],
  ['another number', count(ofGuest('g')), [visit('d')], true],
  ['the same number', count(ofGuest('g')), [visit('a', { spent: 9 })], false],
])('an earlier read of which others changed %s', async (_, asked, changed, conflict) => {
  const { seen } = await shelf.reads.look([asked], inTime())
  expect((await shelf.reads.look([], inTime(), seen)).answers).toEqual([])
  await change(changed)
  const again = await shelf.reads.look([count(always)], inTime(), seen).catch((error: unknown) => classify(error)?.code)
  if (conflict) expect(again).toBe('transaction-conflict')
  else expect(again).toMatchObject({ answers: [3 + (changed[0]?.id === 'd' ? 1 : 0)] })
})

test('which question was too broad is told by its entity and the index that would help', async () => {
  await shelf.put(['d', 'e', 'f'].map((id) => visit(id)))
  const spent: Predicate = { op: 'eq', field: 'spent', value: -3 }
  for (const broad of [rows(spent), count(spent), rows(all(spent, ofGuest('g')), { limit: 7 })]) {
    const error = await shelf.reads.look([count(always), broad], inTime()).catch((thrown: unknown) => thrown)
    const isBroad = !('select' in broad) || broad.select.limit === null
    if (isBroad)
      expect(error).toMatchObject({
        code: 'query-too-broad',
        data: { entity: 'visit', limit: 5 },
        message: expect.stringContaining('(spent)'),
      })
    else expect(error).toHaveProperty('answers')
  }
  // Exactly as many as may be read, and a page of more.
  expect((await shelf.reads.look([rows(ofGuest('g'))], inTime())).answers[0]).toHaveLength(5)
  expect((await shelf.reads.look([rows(always, { limit: 5 })], inTime())).answers[0]).toHaveLength(5)
  await expect(shelf.reads.look([rows(always)], inTime())).rejects.toMatchObject({ code: 'query-too-broad' })
})
