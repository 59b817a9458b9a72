import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { databaseOf, memoryDatabase } from '../src/database.ts'
import { eq, hour, visitRow } from './entities.ts'
import {
  alone,
  deletePlan,
  insertPlan,
  inside,
  openDriver,
  openTransaction,
  selectPlan,
  settled,
  updateManyPlan,
  updatePlan,
} from './plans.ts'

async function world() {
  const database = memoryDatabase()
  const [a, b] = [openDriver(database), openDriver(database)]
  await a.insert(insertPlan([visitRow('x', { count: 1 }), visitRow('y', { count: 1 })]), alone())
  return { a, b, state: databaseOf(database) }
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
}

const counts = selectPlan({ fields: ['id', 'count'] })

describe('a transaction that reads latest', () => {
  it('sees what others commit meanwhile, and its own writes, which others do not see before its commit', async () => {
    const { a, b } = await world()
    const own = await openTransaction(a, 'latest')
    await a.update(updatePlan('x', { count: 5 }), inside(own.session))
    await b.update(updatePlan('y', { count: 7 }), alone())
    expect(await a.select(counts, inside(own.session))).toEqual([
      { id: 'x', count: 5 },
      { id: 'y', count: 7 },
    ])
    expect(await b.select(counts, alone())).toEqual([
      { id: 'x', count: 1 },
      { id: 'y', count: 7 },
    ])
    expect(await own.end('commit')).toBe('committed')
    expect(await b.select(counts, alone())).toEqual([
      { id: 'x', count: 5 },
      { id: 'y', count: 7 },
    ])
  })

  it.each(['commit', 'roll back'] as const)(
    'conflicts at its end (%s) over a row that it locked and another changed',
    async (how) => {
      const { a, b } = await world()
      const own = await openTransaction(a, 'latest')
      await a.select(selectPlan({ where: eq('id', 'x'), lock: true }), inside(own.session))
      await b.update(updatePlan('y', { count: 2 }), alone())
      const free = await openTransaction(b, 'latest')
      await b.update(updatePlan('x', { count: 9 }), inside(free.session))
      expect(await free.end('commit')).toBe('committed')
      expect(await own.end(how)).toBe('transaction-conflict')
    },
  )

  it('conflicts at once when it writes a row that it locked and another has changed', async () => {
    const { a, b } = await world()
    const own = await openTransaction(a, 'latest')
    await a.select(selectPlan({ lock: true }), inside(own.session))
    await b.delete(deletePlan('x'), alone())
    await b.insert(insertPlan([visitRow('x', { count: 1 })]), alone())
    expect(await settled(a, a.update(updatePlan('x', { count: 2 }), inside(own.session)))).toBe('transaction-conflict')
    await own.end('roll back')
  })

  it('applies nothing of a commit in conflict', async () => {
    const { a, b } = await world()
    const own = await openTransaction(a, 'latest')
    await a.insert(insertPlan([visitRow('new', { email: 'taken' })]), inside(own.session))
    await a.update(updatePlan('x', { count: 100 }), inside(own.session))
    await b.insert(insertPlan([visitRow('other', { email: 'taken' })]), alone())
    expect(await own.end('commit')).toBe('transaction-conflict')
    expect(await b.select(counts, alone())).toEqual([
      { id: 'other', count: 0 },
      { id: 'x', count: 1 },
      { id: 'y', count: 1 },
    ])
  })

  it('conflicts over an interval taken meanwhile, by an insert, a move or a change of status', async () => {
    const held = { status: 'held', from: hour(9), until: hour(11) }
    for (const other of [
      insertPlan([visitRow('other', { ...held, from: hour(10), until: hour(12) })]),
      updatePlan('x', held),
      updateManyPlan({ status: 'held' }, { where: eq('id', 'z') }),
    ]) {
      const { a, b } = await world()
      await a.insert(insertPlan([visitRow('z', { ...held, status: 'free' })]), alone())
      const own = await openTransaction(a, 'latest')
      await a.insert(insertPlan([visitRow('new', held)]), inside(own.session))
      const written =
        'rows' in other
          ? b.insert(other, alone())
          : 'id' in other
            ? b.update(other, alone())
            : b.updateMany(other, alone())
      expect(['inserted', 'updated']).toContain((await written).kind)
      expect(await own.end('commit')).toBe('transaction-conflict')
    }
  })

  it('conflicts at once when it looks for a key that it wrote and another has committed since', async () => {
    const { a, b } = await world()
    const own = await openTransaction(a, 'latest')
    await a.insert(insertPlan([visitRow('new', { email: 'taken' })]), inside(own.session))
    await b.insert(insertPlan([visitRow('other', { email: 'taken' })]), alone())
    const plan = insertPlan([visitRow('third', { email: 'taken' })], {
      onDuplicate: { kind: 'return', unique: 'email' },
    })
    expect(await settled(a, a.insert(plan, inside(own.session)))).toBe('transaction-conflict')
    await own.end('roll back')
  })

  it('moves a key from one row to another, and swaps an interval, within itself', async () => {
    const { a } = await world()
    await a.update(updatePlan('x', { email: 'e', status: 'held' }), alone())
    const own = await openTransaction(a, 'latest')
    expect(await a.update(updatePlan('y', { email: 'e' }), inside(own.session))).toEqual({
      kind: 'duplicate',
      unique: 'email',
      id: 'x',
    })
    expect(await a.update(updatePlan('y', { status: 'held' }), inside(own.session))).toEqual({
      kind: 'overlap',
      rule: 'perRoom',
      id: 'x',
    })
    await a.update(updatePlan('x', { email: null, status: 'free' }), inside(own.session))
    expect(await a.update(updatePlan('y', { email: 'e', status: 'held' }), inside(own.session))).toMatchObject({
      kind: 'updated',
    })
    expect(await own.end('commit')).toBe('committed')
    expect(await a.insert(insertPlan([visitRow('z', { email: 'e' })]), alone())).toEqual({
      kind: 'duplicate',
      unique: 'email',
      id: 'y',
    })
  })

  it('keeps nothing of a statement that was refused', async () => {
    const { a } = await world()
    const own = await openTransaction(a, 'latest')
    const rows = [visitRow('p', { email: 'p' }), visitRow('x')]
    expect(await a.insert(insertPlan(rows), inside(own.session))).toEqual({ kind: 'duplicate', unique: 'id', id: 'x' })
    expect(await a.updateMany(updateManyPlan({ email: 'same' }), inside(own.session))).toMatchObject({
      kind: 'duplicate',
    })
    await a.update(updatePlan('x', { email: 'p' }), inside(own.session))
    expect(await own.end('commit')).toBe('committed')
    expect(await a.select(selectPlan({ fields: ['id', 'email'] }), alone())).toEqual([
      { id: 'x', email: 'p' },
      { id: 'y', email: null },
    ])
  })
})

describe('a transaction that reads a snapshot', () => {
  it('sees one moment, the one of its first call, and its own writes', async () => {
    const { a, b } = await world()
    const own = await openTransaction(a, 'snapshot')
    await b.update(updatePlan('x', { count: 2 }), alone())
    const before = await a.select(counts, inside(own.session))
    expect(before).toEqual([
      { id: 'x', count: 2 },
      { id: 'y', count: 1 },
    ])
    await b.update(updatePlan('x', { count: 3 }), alone())
    await b.delete(deletePlan('y'), alone())
    await b.insert(insertPlan([visitRow('z', { email: 'z' })]), alone())
    expect(await a.select(counts, inside(own.session))).toEqual(before)
    expect(await a.count({ ...selectPlan(), where: eq('email', 'z') }, inside(own.session))).toBe(0)
    await a.insert(insertPlan([visitRow('w', { count: 4 })]), inside(own.session))
    expect(await a.select(counts, inside(own.session))).toEqual([{ id: 'w', count: 4 }, ...before])
    expect(await own.end('commit')).toBe('committed')
    expect(await b.select(counts, alone())).toEqual([
      { id: 'w', count: 4 },
      { id: 'x', count: 3 },
      { id: 'z', count: 0 },
    ])
  })

  it.each(['update', 'delete'] as const)('conflicts when it would %s a row that was changed since', async (how) => {
    const { a, b } = await world()
    const own = await openTransaction(a, 'snapshot')
    await a.select(counts, inside(own.session))
    await b.update(updatePlan('x', { count: 2 }), alone())
    const written: Promise<unknown> =
      how === 'update'
        ? a.update(updatePlan('x', { count: 9 }), inside(own.session))
        : a.delete(deletePlan('x'), inside(own.session))
    expect(await settled(a, written)).toBe('transaction-conflict')
    await own.end('roll back')
  })

  it('conflicts when what stands in the way, or stood there, has changed since', async () => {
    for (const [taken, plan] of [
      [visitRow('z', { email: 'e' }), insertPlan([visitRow('n', { email: 'e' })])],
      [
        visitRow('z', { email: 'e' }),
        insertPlan([visitRow('n', { email: 'e' })], { onDuplicate: { kind: 'return', unique: 'email' } }),
      ],
      [visitRow('z', { status: 'held' }), insertPlan([visitRow('n', { status: 'held' })])],
      [visitRow('z', { room: 'red' }), insertPlan([visitRow('n')], { unless: eq('room', 'red'), guards: ['k'] })],
    ] as const) {
      for (const when of ['before', 'after']) {
        const { a, b } = await world()
        if (when === 'before') await b.insert(insertPlan([taken]), alone())
        const own = await openTransaction(a, 'snapshot')
        await a.select(counts, inside(own.session))
        if (when === 'before') await b.delete(deletePlan('z'), alone())
        else await b.insert(insertPlan([taken]), alone())
        expect(await settled(a, a.insert(plan, inside(own.session)))).toBe('transaction-conflict')
        await own.end('roll back')
      }
    }
  })

  it('shows a row once that it wrote itself and that an older snapshot still sees as it was', async () => {
    const { a, b } = await world()
    const older = await openTransaction(a, 'snapshot')
    await a.select(counts, inside(older.session))
    await b.update(updatePlan('x', { count: 2 }), alone())
    const newer = await openTransaction(b, 'snapshot')
    await b.update(updatePlan('x', { count: 3 }), inside(newer.session))
    expect(await b.select(counts, inside(newer.session))).toEqual([
      { id: 'x', count: 3 },
      { id: 'y', count: 1 },
    ])
    expect(await a.select(counts, inside(older.session))).toEqual([
      { id: 'x', count: 1 },
      { id: 'y', count: 1 },
    ])
    expect(await newer.end('commit')).toBe('committed')
    expect(await older.end('commit')).toBe('committed')
  })

  it('keeps only what running snapshots see: memory does not grow with updates', async () => {
    const { a, b, state } = await world()
    for (let count = 0; count < 200; count++) await b.update(updatePlan('x', { count }), alone())
    expect(state.snapshots.size()).toBe(0)
    const long = await openTransaction(a, 'snapshot')
    const before = await a.select(counts, inside(long.session))
    for (let count = 0; count < 200; count++) await b.update(updatePlan('x', { count }), alone())
    expect(state.snapshots.size()).toBe(1)
    for (let count = 0; count < 2_000; count++) {
      const short = await openTransaction(b, 'snapshot', [`guard ${count % 10}`])
      await b.update(updatePlan('x', { count }), inside(short.session))
      await short.end('commit')
    }
    expect(state.snapshots.size()).toBeLessThan(500)
    expect(await a.select(counts, inside(long.session))).toEqual(before)
    await long.end('commit')
    expect(state.snapshots.size()).toBe(0)
  })
})

describe('calls after the end of a transaction', () => {
  it('are refused, whatever they are, and write nothing', async () => {
    const { a } = await world()
    const own = await openTransaction(a, 'latest')
    const late = settled(a, a.insert(insertPlan([visitRow('late')]), inside(own.session)))
    const ended = own.end('commit')
    await Promise.all([late, ended])
    expect(await settled(a, a.insert(insertPlan([visitRow('later')]), inside(own.session)))).toBe('misuse')
    expect(await a.count({ ...selectPlan(), where: eq('id', 'later') }, alone())).toBe(0)
  })
})

it('does not grow by rows that came and went, however different their keys', async () => {
  const { a, state } = await world()
  const pass = async (name: string): Promise<number> => {
    for (let index = 0; index < 5_000; index++) {
      const text = `${name} ${index} ${'.'.repeat(2_000)}`
      await a.insert(insertPlan([visitRow('z', { email: text, label: text, room: text, status: 'held' })]), alone())
      await a.delete(deletePlan('z', { guards: [text], unless: eq('id', 'none') }), alone())
    }
    collectGarbage()
    return process.memoryUsage().heapUsed
  }
  const before = await pass('first')
  // Kept keys would be some 10 MB a pass.
  expect((await pass('second')) - before).toBeLessThan(3_000_000)
  expect(state.tables.get('visit')?.partitions.get('one')?.versions.size).toBe(2)
})

it('costs no memory to ask for scopes that hold nothing', async () => {
  const { a, state } = await world()
  for (let scope = 0; scope < 50; scope++) {
    await a.select(selectPlan({ scope: `${scope}` }), alone())
    await a.update(updatePlan('x', {}, { scope: `${scope}` }), alone())
    await a.delete(deletePlan('x', { scope: `${scope}` }), alone())
  }
  expect(state.tables.get('visit')?.partitions.size).toBe(1)
})
