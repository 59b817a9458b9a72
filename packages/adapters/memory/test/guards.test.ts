import { describe, expect, it } from 'vitest'
import { memoryDatabase } from '../src/index.ts'
import { locks } from '../src/locks.ts'
import { eq, visitRow } from './entities.ts'
import {
  alone,
  codeOf,
  insertPlan,
  inside,
  openDriver,
  openTransaction,
  selectPlan,
  settled,
  updatePlan,
} from './plans.ts'

function pair() {
  const database = memoryDatabase()
  return [openDriver(database), openDriver(database)] as const
}

/** Whether a call is still waiting when everything that can go on has gone on. */
async function waits(call: Promise<unknown>): Promise<boolean> {
  const turn = new Promise((resolve) => setTimeout(resolve, 5, 'waits'))
  return (await Promise.race([call.then(() => 'done').catch(() => 'done'), turn])) === 'waits'
}

describe('guards', () => {
  it('are held by one transaction at a time, and passed on in the order of asking', async () => {
    const [a, b] = pair()
    const first = await openTransaction(a, 'latest')
    await a.guard(['k'], inside(first.session))
    await a.guard(['k'], inside(first.session))
    const order: string[] = []
    const openings = ['second', 'third'].map(async (name) => {
      const next = await openTransaction(b, 'latest', ['k'])
      order.push(name)
      await next.end('commit')
    })
    const other = await openTransaction(b, 'latest', ['other'])
    await other.end('commit')
    expect(await waits(Promise.all(openings))).toBe(true)
    expect(order).toEqual([])
    await first.end('roll back')
    await Promise.all(openings)
    expect(order).toEqual(['second', 'third'])
  })

  it('end a ring of waiting transactions at once, with a conflict for the one that closes it', async () => {
    const [a, b] = pair()
    const all = await Promise.all(['1', '2', '3'].map((key) => openTransaction(a, 'latest', [key])))
    const [one, two, three] = all as [(typeof all)[0], (typeof all)[0], (typeof all)[0]]
    const oneWaits = a.guard(['2'], inside(one.session))
    const twoWaits = b.guard(['3'], inside(two.session))
    expect(await waits(Promise.any([oneWaits, twoWaits]))).toBe(true)
    const began = performance.now()
    expect(await settled(a, a.guard(['1'], inside(three.session)))).toBe('transaction-conflict')
    expect(performance.now() - began).toBeLessThan(1_000)
    await three.end('roll back')
    await twoWaits
    await two.end('commit')
    await oneWaits
    expect(await one.end('commit')).toBe('committed')
  })

  it('give up at the deadline, without naming the key', async () => {
    const [a, b] = pair()
    const holder = await openTransaction(a, 'latest', ['secret-key'])
    const late = await openTransaction(b, 'latest')
    const error: unknown = await b.guard(['secret-key'], inside(late.session, 20)).catch((thrown: unknown) => thrown)
    expect(codeOf(b, error)).toBe('transaction-conflict')
    expect(String(error)).not.toContain('secret')
    await late.end('roll back')
    await holder.end('commit')
    await (await openTransaction(b, 'latest', ['secret-key'])).end('commit')
  })

  it('are not kept by a call that its transaction did not wait for', async () => {
    const [a, b] = pair()
    const holder = await openTransaction(a, 'latest', ['k'])
    const careless = await openTransaction(b, 'latest')
    const waiting = settled(b, b.guard(['k'], inside(careless.session)))
    const starting = settled(b, b.guard(['free'], inside(careless.session)))
    expect(await waits(waiting)).toBe(true)
    await starting
    await careless.end('commit')
    expect(await waiting).toBe('misuse')
    expect(await settled(b, b.guard(['free'], inside(careless.session)))).toBe('misuse')
    await holder.end('commit')
    await (await openTransaction(a, 'latest', ['free', 'k'])).end('commit')
  })

  it('of a lone operation with `unless` wait for holders, see what they wrote, and are given back', async () => {
    const [a, b] = pair()
    const holder = await openTransaction(a, 'latest', ['k'])
    const unless = eq('room', 'blue')
    const insertion = b.insert(insertPlan([visitRow('x')], { unless, guards: ['k'] }), alone())
    await a.insert(insertPlan([visitRow('y')]), inside(holder.session))
    expect(await waits(insertion)).toBe(true)
    await holder.end('commit')
    expect(await insertion).toEqual({ kind: 'unless', ids: ['y'] })
    const elsewhere = { unless: eq('room', 'red'), guards: ['k'] }
    expect(await b.insert(insertPlan([visitRow('z')], elsewhere), alone())).toMatchObject({ kind: 'inserted' })
  })

  it('name at most ten rows in the way', async () => {
    const [a] = pair()
    await a.insert(insertPlan(Array.from({ length: 12 }, (_, index) => visitRow(`${index}`))), alone())
    const refused = await a.insert(insertPlan([visitRow('x')], { unless: eq('room', 'blue'), guards: ['k'] }), alone())
    expect(refused).toMatchObject({ kind: 'unless', ids: { length: 10 } })
  })
})

describe('guards in snapshot transactions', () => {
  it('named in advance are held before the snapshot is taken', async () => {
    const [a, b] = pair()
    const holder = await openTransaction(a, 'latest', ['k'])
    await a.insert(insertPlan([visitRow('x')]), inside(holder.session))
    const opening = openTransaction(b, 'snapshot', ['k'])
    await holder.end('commit')
    const next = await opening
    expect(await b.count(selectPlan(), inside(next.session))).toBe(1)
    expect(await next.end('commit')).toBe('committed')
  })

  it('of a first operation are held before the snapshot is taken', async () => {
    const [a, b] = pair()
    const holder = await openTransaction(a, 'latest', ['k'])
    await a.insert(insertPlan([visitRow('x')]), inside(holder.session))
    const next = await openTransaction(b, 'snapshot')
    const plan = insertPlan([visitRow('y')], { unless: eq('room', 'blue'), guards: ['k'] })
    const insertion = b.insert(plan, inside(next.session))
    expect(await waits(insertion)).toBe(true)
    await holder.end('commit')
    expect(await insertion).toEqual({ kind: 'unless', ids: ['x'] })
    expect(await next.end('commit')).toBe('committed')
  })

  it('conflict after a commit under the guard, however much has been committed since', async () => {
    const [a, b] = pair()
    const commitUnder = async (key: string): Promise<void> => {
      const holder = await openTransaction(a, 'snapshot', [key])
      await a.insert(insertPlan([visitRow(key)]), inside(holder.session))
      await holder.end('commit')
    }
    const reader = await openTransaction(b, 'snapshot')
    await b.count(selectPlan(), inside(reader.session))
    for (let index = 0; index < 300; index++) await commitUnder(`k${index}`)
    expect(await settled(b, b.guard(['k0'], inside(reader.session)))).toBe('transaction-conflict')
    await reader.end('roll back')
  })

  it.each([true, false])(
    'conflict when a holder committed after the snapshot (waiting for it: %s)',
    async (waiting) => {
      const [a, b] = pair()
      const holder = await openTransaction(a, 'latest', ['k'])
      const reader = await openTransaction(b, 'snapshot')
      expect(await b.count(selectPlan(), inside(reader.session))).toBe(0)
      await a.insert(insertPlan([visitRow('x')]), inside(holder.session))
      if (!waiting) await holder.end('commit')
      const guarded = settled(b, b.guard(['k'], inside(reader.session)))
      if (waiting) await holder.end('commit')
      expect(await guarded).toBe('transaction-conflict')
      await reader.end('roll back')
    },
  )

  it('go on when the holder wrote nothing, rolled back, or committed before the snapshot', async () => {
    const [a, b] = pair()
    const committed = await openTransaction(a, 'latest', ['k'])
    await a.insert(insertPlan([visitRow('x')]), inside(committed.session))
    await committed.end('commit')
    const reader = await openTransaction(b, 'snapshot')
    await b.count(selectPlan(), inside(reader.session))
    const idle = await openTransaction(a, 'latest', ['k'])
    await idle.end('commit')
    const failed = await openTransaction(a, 'latest', ['k'])
    await a.update(updatePlan('x', { count: 1 }), inside(failed.session))
    const guarded = b.guard(['k'], inside(reader.session))
    await failed.end('roll back')
    await guarded
    expect(await reader.end('commit')).toBe('committed')
  })

  it('conflict after a lone operation under the guard, too', async () => {
    const [a, b] = pair()
    const reader = await openTransaction(b, 'snapshot')
    await b.count(selectPlan(), inside(reader.session))
    await a.insert(insertPlan([visitRow('x')], { unless: eq('room', 'red'), guards: ['k'] }), alone())
    expect(await settled(b, b.guard(['k'], inside(reader.session)))).toBe('transaction-conflict')
    await reader.end('roll back')
  })
})

describe('the lock table', () => {
  const deadline = performance.now() + 60_000

  it('sees a ring through owners that stand ahead in a queue further away', async () => {
    const table = locks()
    const [holder, ahead, behind, last] = [{ name: 1 }, { name: 2 }, { name: 3 }, { name: 4 }]
    table.acquire(holder, 'a', deadline)
    table.acquire(last, 'b', deadline)
    table.acquire(behind, 'c', deadline)
    const first = [table.acquire(ahead, 'a', deadline), table.acquire(ahead, 'b', deadline)]
    const second = table.acquire(behind, 'a', deadline)
    await expect(table.acquire(last, 'c', deadline)).rejects.toMatchObject({
      portolanFailure: { code: 'transaction-conflict' },
    })
    for (const owner of [last, holder]) table.release(owner)
    await Promise.all(first)
    table.release(ahead)
    await second
    table.release(behind)
  })

  it('sees a ring through owners that stand ahead in the queue', async () => {
    const table = locks()
    const [one, two, three] = [{ name: 1 }, { name: 2 }, { name: 3 }]
    expect(table.acquire(one, 'a', deadline)).toBeNull()
    expect(table.acquire(three, 'b', deadline)).toBeNull()
    const twoWaitsForOne = table.acquire(two, 'a', deadline)
    const twoWaitsForThree = table.acquire(two, 'b', deadline)
    await expect(table.acquire(three, 'a', deadline)).rejects.toMatchObject({
      portolanFailure: { code: 'transaction-conflict' },
    })
    table.release(three)
    await twoWaitsForThree
    table.release(one)
    await twoWaitsForOne
    expect([...table.heldBy(two)].sort()).toEqual(['a', 'b'])
    table.release(two)
    expect([...table.heldBy(two)]).toEqual([])
  })
})
