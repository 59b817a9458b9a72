import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { classify } from '../../src/errors.ts'
import { guardsOn } from '../../src/guards.ts'
import { keyspace } from '../../src/keys.ts'
import { holdGuards } from '../../src/scripts/guards.ts'
import { openPlace, type Place } from '../place.ts'

const keys = keyspace('guards', null)

let place: Place
beforeAll(async () => {
  place = await openPlace()
})
beforeEach(() => place.client.flushdb())
afterAll(() => place.close())

const guards = () => guardsOn({ connection: place.connection, keyspace: keys })
const soon = (milliseconds: number) => performance.now() + milliseconds
const holderOf = (guard: string) => place.client.get(keys.guard(guard))

/** As a process leaves it that died this long before its lease would have run out. */
const holdAndDie = (guard: string, left: number) =>
  place.connection.run(holdGuards, [keys.guard(guard)], ['dead', left], soon(5_000))

describe('guards', () => {
  test('are taken all or none, so that nobody waits holding half', async () => {
    await holdAndDie('b', 60_000)
    const taking = guards().hold('me', ['a', 'b'], soon(60), soon(5_000))
    await expect(taking.catch((error: unknown) => Promise.reject(classify(error)))).rejects.toMatchObject({
      code: 'transaction-conflict',
    })
    expect(await holderOf('a')).toBeNull()
    expect(await holderOf('b')).toBe('dead')
  })

  test('are waited for until the one that holds them lets go', async () => {
    const [one, other] = [guards(), guards()]
    await one.hold('one', ['a'], soon(5_000), soon(5_000))
    let held = false
    const waiting = other.hold('other', ['a'], soon(5_000), soon(5_000)).then(() => {
      held = true
    })
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(held).toBe(false)
    one.release('one')
    await waiting
    expect(await holderOf('a')).toBe('other')
    other.release('other')
  })

  test('of a process that died are free once its lease has run out', async () => {
    await holdAndDie('a', 150)
    const one = guards()
    await one.hold('one', ['a'], soon(5_000), soon(5_000))
    expect(await holderOf('a')).toBe('one')
    one.release('one')
  })

  test('that are held come again, and are renewed for as long as it takes', async () => {
    const one = guards()
    await one.hold('one', ['a'], soon(5_000), soon(5_000))
    await one.hold('one', ['a', 'b'], soon(5_000), soon(5_000))
    await new Promise((resolve) => setTimeout(resolve, 2_600))
    expect(await holderOf('a')).toBe('one')
    expect(await holderOf('b')).toBe('one')
    one.release('one')
    await expect.poll(() => holderOf('b')).toBeNull()
  })

  test('that were lost are not taken anew, and letting go leaves those of others alone', async () => {
    const one = guards()
    await one.hold('one', ['a'], soon(5_000), soon(5_000))
    await place.client.set(keys.guard('a'), 'thief')
    await new Promise((resolve) => setTimeout(resolve, 700))
    expect(await holderOf('a')).toBe('thief')
    one.release('one')
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(await holderOf('a')).toBe('thief')
  })
})
