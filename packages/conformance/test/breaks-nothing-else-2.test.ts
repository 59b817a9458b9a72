import { expect, test } from 'vitest'
import { standardCases } from '../src/cases/index.ts'
import { testThatNothingElseBreaks } from './breaks-nothing-else.ts'
import { slowCases } from './slow-cases.ts'

testThatNothingElseBreaks(1, 2)

test('the slow cases, which are left out here, are cases', () => {
  expect(slowCases.filter((id) => !standardCases.some((one) => one.id === id))).toEqual([])
})
