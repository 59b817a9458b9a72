import { accessOf, all, always, any, type Predicate } from '@portolan/adapter-kit'
import { describe, expect, it } from 'vitest'
import { databaseOf, memoryDatabase } from '../src/database.ts'
import { eq, hour, visit, visitRow } from './entities.ts'
import { alone, deletePlan, insertPlan, openDriver, selectPlan, updateManyPlan, updatePlan } from './plans.ts'

describe('the way to the rows', () => {
  const anyOf = (field: string, values: string[]): Predicate => ({ op: 'in', field, values })

  const many = Array.from({ length: 200 }, (_, index) => `${index}`)

  it.each<[string, Predicate, unknown]>([
    ['an id', eq('id', 'x'), { kind: 'ids', ids: ['x'] }],
    ['ids among other conditions', all(eq('room', 'red'), anyOf('id', ['x', 'y'])), { kind: 'ids', ids: ['x', 'y'] }],
    [
      'a natural key',
      all(eq('label', 'l'), eq('room', 'red')),
      { kind: 'key', name: 'unique place', values: [['red'], ['l']] },
    ],
    ['several natural keys', anyOf('email', ['a', 'b']), { kind: 'key', name: 'unique email', values: [['a', 'b']] }],
    [
      'a prefix of an index',
      all(eq('status', 'held'), eq('count', 1)),
      { kind: 'key', name: 'index byStatus', values: [['held']] },
    ],
    [
      'no more combinations than pay',
      all(anyOf('room', many), anyOf('label', many)),
      { kind: 'key', name: 'unique place', values: [many] },
    ],
    ['null', { op: 'isNull', field: 'email' }, { kind: 'key', name: 'unique email', values: [[null]] }],
    ['no prefix', eq('label', 'l'), { kind: 'all' }],
    ['an alternative', any(eq('id', 'x'), eq('id', 'y')), { kind: 'all' }],
    ['the clock', { op: 'eq', field: 'email', value: { clock: 0 } }, { kind: 'all' }],
    ['everything', always, { kind: 'all' }],
  ])('by %s', (_, predicate, access) => {
    expect(accessOf(visit, predicate)).toEqual(access)
  })
})

describe('an index', () => {
  it('offers only rows that share the key, also for overlaps, and forgets removed rows', async () => {
    const database = memoryDatabase()
    const driver = openDriver(database)
    const rows = Array.from({ length: 100 }, (_, index) =>
      visitRow(`${index}`, { email: `e${index}`, status: 'held', from: hour(index), until: hour(index + 1) }),
    )
    await driver.insert(insertPlan(rows), alone())
    const index = databaseOf(database).tables.get('visit')?.partitions.get('one')?.index
    const byEmail = { kind: 'key', name: 'unique email', values: [['e7', 'e8', 'none']] } as const
    expect([...(index?.find(byEmail) ?? [])]).toEqual(['7', '8'])
    const meeting = {
      kind: 'overlap',
      rule: 'perRoom',
      row: visitRow('new', { from: hour(50), until: hour(52) }),
    } as const
    expect([...(index?.find(meeting) ?? [])].sort()).toEqual(['50', '51'])
    await driver.delete(deletePlan('51'), alone())
    expect([...(index?.find(meeting) ?? [])]).toEqual(['50'])
    await driver.deleteMany({ entity: visit, scope: 'one', where: always, limit: null }, alone())
    expect([...(index?.find(byEmail) ?? [])]).toEqual([])
    expect([...(index?.find(meeting) ?? [])]).toEqual([])
  })
})

describe('a query', () => {
  it('orders text by code point and null first, and evaluates the clock of the database', async () => {
    const driver = openDriver(memoryDatabase({ clock: () => Date.parse(hour(2)) }))
    const labels = ['😀', 'ﬀ', 'a', null, 'Z', '']
    const rows = labels.map((label, index) =>
      visitRow(`${index}`, { label, from: hour(index), until: hour(index + 1) }),
    )
    await driver.insert(insertPlan(rows), alone())
    const order = [
      { field: 'label', direction: 'asc', nullable: true },
      { field: 'id', direction: 'asc', nullable: false },
    ] as const
    const sorted = await driver.select(selectPlan({ order, fields: ['label'] }), alone())
    expect(sorted.map(({ label }) => label)).toEqual([null, '', 'Z', 'a', 'ﬀ', '😀'])
    const due: Predicate = { op: 'lte', field: 'from', value: { clock: -3_600_000 } }
    expect(await driver.count({ ...selectPlan(), where: due }, alone())).toBe(2)
  })

  it('holds 5,000 values in an `in`', async () => {
    const driver = openDriver(memoryDatabase())
    const rows = Array.from({ length: 5_000 }, (_, index) =>
      visitRow(`${index}`, { label: `${index}`, room: `${index % 7}` }),
    )
    await driver.insert(insertPlan(rows), alone())
    const values = rows.map(({ label }) => String(label)).filter((_, index) => index % 2)
    for (const field of ['id', 'label']) {
      expect(await driver.count({ ...selectPlan(), where: { op: 'in', field, values } }, alone())).toBe(2_500)
    }
  })

  it('keeps instants in their range, however far from now', async () => {
    const driver = openDriver(memoryDatabase({ clock: () => Date.parse(hour(0)) }))
    await driver.insert(
      insertPlan([{ ...visitRow('x'), from: { clock: -1e15 }, until: { clock: 1e15 } } as never]),
      alone(),
    )
    expect(await driver.select(selectPlan({ fields: ['from', 'until'] }), alone())).toEqual([
      { from: '0001-01-01T00:00:00.000Z', until: '9999-12-31T23:59:59.999Z' },
    ])
  })

  it('removes no more rows than its limit', async () => {
    const driver = openDriver(memoryDatabase())
    await driver.insert(insertPlan(['a', 'b', 'c'].map((id) => visitRow(id))), alone())
    expect(await driver.deleteMany({ entity: visit, scope: 'one', where: always, limit: 2 }, alone())).toBe(2)
    expect(await driver.count(selectPlan(), alone())).toBe(1)
  })
})

describe('an increment', () => {
  it('is refused when it leaves the range, of one row or of any among many', async () => {
    const driver = openDriver(memoryDatabase())
    const most = Number.MAX_SAFE_INTEGER
    await driver.insert(insertPlan([visitRow('x', { count: 1 }), visitRow('y', { count: most })]), alone())
    const refused = { kind: 'out-of-range', id: 'y', field: 'count' }
    const set = { count: { increment: 1 } }
    expect(await driver.update(updatePlan('y', set), alone())).toEqual(refused)
    expect(await driver.updateMany(updateManyPlan(set), alone())).toEqual(refused)
    expect(await driver.count(selectPlan({ where: { op: 'eq', field: 'version', value: 1 } }), alone())).toBe(2)
  })

  it('that would leave the range makes a claim pass over the row', async () => {
    const driver = openDriver(memoryDatabase())
    await driver.insert(
      insertPlan([
        visitRow('x', { count: Number.MAX_SAFE_INTEGER }),
        visitRow('y', { count: 1 }),
        visitRow('z', { count: 2 }),
      ]),
      alone(),
    )
    const claimed = await driver.claim({ ...selectPlan(), set: { count: { increment: 1 } }, limit: 2 }, alone())
    expect(claimed.map(({ id, count }) => [id, count])).toEqual([
      ['y', 2],
      ['z', 3],
    ])
  })
})
