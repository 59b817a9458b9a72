import { expect, test } from 'vitest'
import { together } from '../../src/key-value/together.ts'

/** Answers each item by twice as much, after a moment, and tells what was sent. */
function recorded(fails = false) {
  const sent: { readonly items: readonly number[]; readonly deadline: number }[] = []
  const call = together<number, number>(
    async (items, deadline) => {
      sent.push({ items, deadline })
      await new Promise((resolve) => setTimeout(resolve, 1))
      if (fails) throw new Error('lost')
      return items.map((item) => item * 2)
    },
    (item) => item,
  )
  return { sent, call }
}

test('calls of one turn travel together, also those that answers have led to', async () => {
  const { sent, call } = recorded()
  const caller = async (item: number) => (await call(await call(item, 1_000), 1_000)) + (await call(item, 1_000))
  expect(await Promise.all([1, 2, 3].map(caller))).toEqual([6, 12, 18])
  expect(sent.map(({ items }) => items)).toEqual([
    [1, 2, 3],
    [2, 4, 6],
    [1, 2, 3],
  ])
})

test('no more than 128 of them, and what is large goes by itself', async () => {
  const { sent, call } = recorded()
  const many = Array.from({ length: 300 }, (_, index) => index % 7)
  expect(await Promise.all(many.map((item) => call(item, 1_000)))).toEqual(many.map((item) => item * 2))
  expect(sent.map(({ items }) => items.length)).toEqual([64, 64, 128, 44])
  sent.length = 0
  await Promise.all([60_000, 1, 90_000, 2, 3].map((item) => call(item, 1_000)))
  expect(sent.map(({ items }) => items)).toEqual([[60_000, 1], [90_000], [2, 3]])
})

test('the earliest deadline of those that travel together holds for all; one that is far off travels by itself', async () => {
  const { sent, call } = recorded()
  await Promise.all([1_005, 1_000, 1_009, 1_011, 500].map((deadline, item) => call(item, deadline)))
  expect(sent).toEqual([
    { items: [0, 1, 2], deadline: 1_000 },
    { items: [3], deadline: 1_011 },
    { items: [4], deadline: 500 },
  ])
})

test('a failure is that of all who travelled', async () => {
  const { call } = recorded(true)
  const results = await Promise.allSettled([1, 2].map((item) => call(item, 1_000)))
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})
