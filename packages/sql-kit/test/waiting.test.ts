import { setTimeout as sleep } from 'node:timers/promises'
import { ownFailure } from '@portolan/adapter-kit'
import { expect, test } from 'vitest'
import { untilUnlocked, writerQueue } from '../src/index.ts'

const busy = Object.assign(new Error('busy'), { code: 'SQLITE_BUSY' })
const within = (milliseconds: number): number => performance.now() + milliseconds

test('tries until it is unlocked, and gives what came of it', async () => {
  let tries = 0
  const answer = await untilUnlocked(within(2_000), async () => {
    if (++tries < 6) throw busy
    return 'answer'
  })
  expect([answer, tries]).toEqual(['answer', 6])
})

test('throws the lock itself at the deadline, and any other error at once', async () => {
  const began = performance.now()
  await expect(untilUnlocked(within(80), () => Promise.reject(busy))).rejects.toBe(busy)
  expect(performance.now() - began).toBeGreaterThan(75)
  expect(performance.now() - began).toBeLessThan(1_000)
  const other = new Error('other')
  let tries = 0
  await expect(
    untilUnlocked(within(1_000), () => {
      tries++
      return Promise.reject(other)
    }),
  ).rejects.toBe(other)
  expect(tries).toBe(1)
})

test('writers of one file stand in one line, first come, first served', async () => {
  const [first, second] = [writerQueue('a.sqlite'), writerQueue('a.sqlite')]
  const order: number[] = []
  let inside = 0
  const write = async (index: number): Promise<void> => {
    const leave = await (index % 2 ? first : second).enter(within(5_000))
    expect(++inside).toBe(1)
    order.push(index)
    await sleep(1)
    inside--
    leave()
    leave()
  }
  await Promise.all(Array.from({ length: 20 }, (_, index) => write(index)))
  expect(order).toEqual(Array.from({ length: 20 }, (_, index) => index))
})

test('writers of other files, and of databases without one, do not wait', async () => {
  await writerQueue('b.sqlite').enter(within(100))
  await writerQueue('c.sqlite').enter(within(100))
  const memory = writerQueue('')
  const leave = await memory.enter(within(100))
  await writerQueue('').enter(within(100))
  leave()
  await memory.enter(within(100))
})

test('whoever waits beyond the deadline leaves the line without a gap', async () => {
  const queue = writerQueue('d.sqlite')
  const leave = await queue.enter(within(100))
  const impatient = queue.enter(within(20)).catch((error: unknown) => error)
  const patient = queue.enter(within(2_000))
  const error = await impatient
  expect(ownFailure(error)).toMatchObject({ code: 'unavailable', message: expect.stringContaining('one writer') })
  leave()
  const next = await patient
  next()
  const again = await writerQueue('d.sqlite').enter(within(20))
  again()
})
