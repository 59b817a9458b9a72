import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { roomKitCases } from '../src/suite/index.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const rows = [...readme.matchAll(/^\| (\d+) \| (.+?) \| (.+) \|$/gm)].map(([, number, , here = '']) => ({
  number: Number(number),
  here,
  cases: [...here.matchAll(/`([a-z]+\.[a-z-]+)`/g)].map(([, id = '']) => id),
}))

test('the table has each of the 46 faults once, in order', () => {
  expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 46 }, (_, index) => index + 1))
})

test('each row names the cases that look for its fault, and no others, or gives advice', () => {
  for (const { number, here, cases } of rows) {
    const looking = roomKitCases.filter(({ faults }) => faults.includes(number)).map(({ id }) => id)
    expect(cases.sort(), `fault ${number}`).toEqual(looking.sort())
    if (cases.length === 0) expect(here, `fault ${number}`).toContain('Advice:')
  }
})

test('ids of cases are unique', () => {
  expect(new Set(roomKitCases.map(({ id }) => id)).size).toBe(roomKitCases.length)
})
