import { type AnyEntity, defineEntity, instant, integer, isStorageError, oneOf, text } from '@portolan/ports'
import { describe, expect, test } from 'vitest'
import { modelOf } from '../../src/entities/model.ts'

const refusal = (entity: AnyEntity): unknown => {
  try {
    return modelOf(entity)
  } catch (error) {
    return isStorageError(error) ? [error.code, error.message] : error
  }
}

describe('definitions are refused when the storage is made', () => {
  test('for a default that does not fit its field', () => {
    const entity = defineEntity({ name: 'thing', fields: { size: integer().default(0.5) } })
    expect(refusal(entity)).toEqual([
      'invalid-definition',
      expect.stringMatching(/default of size.*thing\.size must be a safe integer/),
    ])
  })

  test('for a rule whose condition can never be evaluated', () => {
    const entity = defineEntity({
      name: 'thing',
      fields: { from: instant(), until: instant(), state: oneOf('a', 'b'), place: text() },
      noOverlap: { once: { within: ['place'], from: 'from', until: 'until', where: { state: 'c' as 'a' } } },
    })
    expect(refusal(entity)).toEqual(['invalid-definition', expect.stringMatching(/rule once.*must be one of a, b/)])
  })

  test.each([
    [{ format: 2 }, /definition format 2/],
    [{ needs: ['field:decimal'] }, /field:decimal/],
    [{ needs: ['scope:nested'] }, /scope:nested/],
    [{ fields: { amount: { kind: 'decimal', nullable: false } } }, /field:decimal/],
  ])('by name, where it comes from a newer copy: %o', (newer, message) => {
    const entity = { ...defineEntity({ name: 'thing', fields: { size: integer() } }), ...newer } as AnyEntity
    expect(refusal(entity)).toEqual(['unsupported', expect.stringMatching(message)])
  })
})
