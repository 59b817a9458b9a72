import { describe, expect, test } from 'vitest'
import { defineCase } from '../src/case.ts'
import { standardCases } from '../src/cases/index.ts'
import { offered } from '../src/needs.ts'
import { runConformance } from '../src/run.ts'
import { Account } from '../src/standard-entities.ts'
import type { Target } from '../src/target.ts'
import memory from './targets/memory.ts'
import networked from './targets/networked.ts'
import { tinyTarget } from './targets/tiny.ts'

const chosen = (...ids: string[]) => standardCases.filter(({ id }) => ids.includes(id))

describe('a target of a server', () => {
  test('that opens clients past the proxy fails, and is told so', async () => {
    const past: Target = { ...networked, open: (place, { via: _, ...options }) => networked.open(place, options) }
    const { cases } = await runConformance(past, { cases: chosen('E2.refused', 'I2.lost-answer') })
    for (const { status, reason } of cases) {
      expect(status).toBe('failed')
      expect(reason).toContain('past the proxy')
    }
  })

  test('has its server started again when a case that stopped it fails, and it is not stopped by other cases', async () => {
    const stops = defineCase('E2.stops', 'stops', async ({ server }) => server.stop(), { stopsServer: true })
    const fails = defineCase(
      'E2.fails',
      'fails',
      async ({ server }) => {
        await server.stop()
        throw new Error('on its way')
      },
      { stopsServer: true },
    )
    const afterwards = defineCase('E2.after', 'goes on', async ({ a }) => void (await a.repository(Account).count()), {
      stopsServer: true,
    })
    const refused = defineCase('E2.refused', 'is refused', async ({ server }) => server.stop())
    const { cases } = await runConformance(networked, { cases: [stops, afterwards, fails, afterwards, refused] })
    expect(cases.map(({ status }) => status)).toEqual(['passed', 'passed', 'failed', 'passed', 'failed'])
    expect(cases[2]?.reason).toContain('on its way')
    expect(cases[4]?.reason).toContain('not to be stopped')
  })

  test('that offers neither proxy nor restart leaves those clauses unproven', async () => {
    const { cases, clauses } = await runConformance(
      { ...networked, offers: {} },
      { cases: chosen('N3.lost-answer', 'N3.racing-increments', 'E2.server-stopped') },
    )
    expect(cases.map(({ skippedBy }) => skippedBy)).toContain('offer')
    expect(clauses.find(({ id }) => id === 'E2')).toMatchObject({ level: 'not-applicable' })
    for (const { reason } of cases.filter(({ status }) => status === 'not-applicable'))
      expect(reason).toMatch(/offers no (proxy|restart)/)
  })

  test('has its secrets searched for in errors, events and output', async () => {
    const secrets = () => ['a-password-of-the-url']
    const tells = defineCase('E5.tells', 'tells', async ({ place }) => console.log(`at ${place} a-password-of-the-url`))
    const report = await runConformance({ ...tinyTarget(), secrets }, { cases: [tells] })
    expect(report.canaries.found).toHaveLength(1)
    expect(report.cases[0]).toMatchObject({ status: 'failed', reason: expect.stringContaining('a line of output') })
  })
})

test('for an embedded database nothing that takes a network applies, and its clauses are proven without', async () => {
  const ids = ['N3.lost-answer', 'E2.server-stopped']
  const whole = defineCase('N3.whole', 'passes', async () => undefined)
  const processes = defineCase('N3.processes', 'needs more', async () => undefined, { skip: offered('processes') })
  const { cases, clauses } = await runConformance(memory, { cases: [...chosen(...ids), whole] })
  expect(cases.map(({ skippedBy }) => skippedBy)).toEqual(['capability', 'capability', null])
  expect(cases[0]?.reason).toContain('no network')
  expect(clauses.find(({ id }) => id === 'N3')?.level).toBe('proven')
  const withheld = await runConformance(memory, { cases: [...chosen(...ids), whole, processes] })
  expect(withheld.clauses.find(({ id }) => id === 'N3')?.level).toBe('partly')
})
