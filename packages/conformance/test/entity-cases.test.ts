import { defineEntity, json } from '@portolan/ports'
import { describe, expect, test } from 'vitest'
import { brokenDrivers } from '../src/broken.ts'
import { casesFor } from '../src/cases-for.ts'
import { runConformance } from '../src/run.ts'
import target, { Customer } from './targets/own-entities.ts'

describe("a user's own entities", () => {
  test('their clauses run on rows generated from the definitions, and on nothing else', {
    timeout: 60_000,
  }, async () => {
    const report = await runConformance(target)
    expect(report.cases.filter(({ status }) => status === 'failed')).toEqual([])
    expect(report.status).toBe('passed')
    const skipped = report.cases
      .filter(({ status }) => status === 'not-applicable')
      .map(({ id, reason }) => `${id}: ${reason}`)
    expect(skipped).toEqual([
      'G2.racing-intervals customer: customer has no overlap rule',
      'I2.duplicates shift: shift has no natural key whose values can be told apart',
      'I2.racing-inserts shift: shift has no natural key whose values can be told apart',
      'I3.racing-insert-or-get shift: shift has no natural key whose values can be told apart',
      'N1.versions shift: shift is not versioned',
      'N2.racing-updates shift: shift is not versioned',
      'S1.scopes shift: shift has no scope',
    ])
    expect(report.cases).toHaveLength(26)
  })

  test('what cannot be generated is not applicable, and the reason names the field and what to do', async () => {
    const { values: _, ...without } = target
    const report = await runConformance({ ...without, entities: [Customer] })
    expect(report.status).toBe('failed')
    expect(report.cases[0]?.reason).toBe(
      'customer.address is json with a schema: name values for it in the target\'s "values"',
    )
  })

  test('an entity of json alone is no trouble', async () => {
    const Loose = defineEntity({ name: 'loose', fields: { any: json() } })
    expect((await runConformance({ ...target, entities: [Loose] })).counts.failed).toBe(0)
  })

  test.each([
    ['keys-checked-by-a-read', 'I2.racing-inserts customer'],
    ['insert-or-get-in-two-steps', 'I3.racing-insert-or-get customer'],
    ['version-checked-by-a-read', 'N2.racing-updates customer'],
    ['delete-after-a-read', 'N3.racing-deletes shift'],
    ['trailing-spaces-dropped', 'V1.generated-rows shift'],
    ['nulls-dropped-from-json', 'V1.generated-rows customer'],
    ['get-looks-everywhere', 'S1.scopes customer'],
    ['rows-one-by-one', 'B1.all-or-none customer'],
  ])('%s fails %s', async (name, id) => {
    const broken = brokenDrivers.find((one) => one.name === name) ?? expect.fail(`no ${name}`)
    const { driver: wrapDriver, storage: wrapStorage } = broken
    const cases = casesFor(target).filter((one) => one.id === id)
    const report = await runConformance(target, { cases, wrapDriver, wrapStorage, seed: 7 })
    expect(report.cases).toMatchObject([{ id, status: 'failed' }])
  })
})
