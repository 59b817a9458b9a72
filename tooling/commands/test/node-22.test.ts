import { expect, test } from 'vitest'
import { node22Run } from '../node-22.js'

test.each([{ REQUIRE_ALL: '1' }, { PORTOLAN_NODE_22: '1' }])('%o runs the suites on Node 22 as well', (env) => {
  expect(node22Run(env, 'node-22')).toEqual({ program: 'node-22' })
})

test.each([{}, { REQUIRE_ALL: '0', PORTOLAN_NODE_22: '' }])('%o leaves Node 22 out, and says how to have it', (env) => {
  expect(node22Run(env, 'node-22')).toEqual({ reason: expect.stringContaining('PORTOLAN_NODE_22=1') })
})

test('where there is no Node 22 that is the reason', () => {
  expect(node22Run({ REQUIRE_ALL: '1' }, undefined)).toEqual({ reason: expect.stringContaining('Linux on x64 only') })
})
