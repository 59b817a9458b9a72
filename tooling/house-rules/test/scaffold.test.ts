import { expect, test } from 'vitest'

test('the rules run on Node 24 or 22', () => {
  expect(Number(process.versions.node.split('.')[0])).toBeGreaterThanOrEqual(22)
})
