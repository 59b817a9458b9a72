import { StorageError } from '@portolan/ports'
import { describe, expect, test } from 'vitest'
import { defineCase } from '../src/case.ts'
import { runConformance } from '../src/run.ts'
import { tinyTarget } from './targets/tiny.ts'

const fine = defineCase('V1.fine', 'nothing happens', async () => undefined)
const wrong = defineCase('V2.wrong', 'it fails', async () => {
  throw new Error('not kept')
})

describe('a run', () => {
  test('gives each case a place of its own with the schema applied and two clients, and takes it all away', async () => {
    const target = tinyTarget()
    const report = await runConformance(target, { cases: [fine] })
    expect(report.status).toBe('passed')
    const probe = ['create place', 'open', 'close', 'remove place']
    expect(target.log).toEqual([...probe, 'create place', 'open', 'apply', 'open', 'close', 'close', 'remove place'])
  })

  test('fails with the first broken promise, goes on with the next case, and tidies up after the failed one', async () => {
    const target = tinyTarget()
    const report = await runConformance(target, { cases: [wrong, fine] })
    expect(report.status).toBe('failed')
    expect(report.counts).toEqual({ passed: 1, failed: 1, notApplicable: 0 })
    expect(report.cases[0]).toMatchObject({ id: 'V2.wrong', status: 'failed', reason: 'Error: not kept' })
    expect(target.log.filter((step) => step === 'create place')).toHaveLength(3)
    expect(target.log.filter((step) => step === 'remove place')).toHaveLength(3)
  })

  test('skips by capabilities and offers, with the reason', async () => {
    const skipped = defineCase('T1.skipped', 'it is left out', async () => expect.unreachable(), {
      skip: ({ transactions }, { processes }) => (transactions || processes ? null : 'has no transactions'),
    })
    const target = tinyTarget()
    const report = await runConformance(target, { cases: [skipped, fine] })
    expect(report.cases[0]).toMatchObject({
      status: 'not-applicable',
      reason: 'has no transactions',
      skippedBy: 'offer',
    })
    expect(report.status).toBe('passed')
  })

  test('tells a skip by capabilities from one for want of an offer', async () => {
    const skip = ({ claim }: { readonly claim: boolean }, offers: object) =>
      !claim ? 'declares no claim' : 'processes' in offers ? null : 'offers no processes'
    const skipped = defineCase('B3.skipped', 'it is left out', async () => undefined, { skip })
    expect((await runConformance(tinyTarget(), { cases: [skipped, fine] })).cases[0]?.skippedBy).toBe('capability')
  })

  test('a run in which nothing passed has failed, and so has an empty one', async () => {
    const skipped = defineCase('T1.skipped', 'it is left out', async () => undefined, { skip: () => 'never' })
    expect(await runConformance(tinyTarget(), { cases: [skipped] })).toMatchObject({
      status: 'failed',
      reason: 'no case passed',
    })
    const empty = await runConformance(tinyTarget(), { cases: [] })
    expect(empty).toMatchObject({ status: 'failed', counts: { passed: 0, failed: 0, notApplicable: 0 } })
    expect(empty.reason).toContain('empty')
  })

  test('a case that hangs fails when its time is up', async () => {
    const hangs = defineCase('V3.hangs', 'it never ends', () => new Promise(() => undefined))
    const report = await runConformance(tinyTarget(), { cases: [hangs, fine], caseTimeoutMs: 50 })
    expect(report.cases[0]).toMatchObject({ status: 'failed', reason: 'Error: not done after 50 ms' })
    expect(report.cases[1]?.status).toBe('passed')
  })

  test('a target that cannot be opened fails every case, and the report says why', async () => {
    const target = tinyTarget(
      {},
      {
        createPlace: async () => {
          throw new Error('no server here')
        },
      },
    )
    const report = await runConformance(target, { cases: [fine, wrong] })
    expect(report).toMatchObject({ status: 'failed', capabilities: null, counts: { failed: 2 } })
    expect(report.cases[0]?.reason).toContain('no server here')
  })

  test('a client that does not close fails its case', async () => {
    const target = tinyTarget()
    const open: typeof target.open = async (place, options) => ({
      ...(await target.open(place, options)),
      close: async () => {
        if (options.clock) throw new Error('still open')
      },
    })
    const report = await runConformance({ ...target, open }, { cases: [fine] })
    expect(report.cases[0]).toMatchObject({ status: 'failed', reason: 'Error: still open' })
  })

  test('runs the selected cases and clauses, and refuses a selection that names nothing', async () => {
    const cases = [fine, wrong, defineCase('V1.other', 'nothing happens', async () => undefined)]
    const report = await runConformance(tinyTarget(), { cases, only: ['V1'] })
    expect(report.cases.map(({ id }) => id)).toEqual(['V1.fine', 'V1.other'])
    expect((await runConformance(tinyTarget(), { cases, only: ['V2.wrong'] })).cases).toHaveLength(1)
    await expect(runConformance(tinyTarget(), { cases, only: ['V9'] })).rejects.toThrow('"V9"')
  })

  test('a case that must wrap the driver does not apply where the target leaves wrapDriver out', async () => {
    const wraps = defineCase('E1.wraps', 'wraps the driver', async ({ open }) => {
      await open({ wrapDriver: (driver) => driver })
    })
    const report = await runConformance(tinyTarget(), { cases: [wraps, fine] })
    expect(report.cases[0]).toMatchObject({ status: 'not-applicable', reason: expect.stringContaining('wrapDriver') })
    const broken = await runConformance(tinyTarget(), { cases: [fine], wrapDriver: (driver) => driver })
    expect(broken.cases[0]).toMatchObject({ status: 'failed', reason: expect.stringContaining('wrapDriver') })
  })

  test('races start behind one barrier, alternate between the clients and are all awaited', async () => {
    const seen: string[] = []
    const racing = defineCase('V1.racing', 'racers', async ({ race, a, b }) => {
      const results = await race(4, async (storage, index) => {
        seen.push(`start ${index} ${storage === a ? 'a' : storage === b ? 'b' : '?'}`)
        await Promise.resolve()
        seen.push(`end ${index}`)
        if (index === 1) throw new Error('lost')
        return index
      })
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
    })
    expect((await runConformance(tinyTarget(), { cases: [racing] })).status).toBe('passed')
    expect(seen.slice(0, 4)).toEqual(['start 0 a', 'start 1 b', 'start 2 a', 'start 3 b'])
  })

  test('the clock of a world stands still until it is advanced, for every client', async () => {
    const clocks: (() => number)[] = []
    const target = tinyTarget()
    const open: typeof target.open = (place, options) => {
      if (options.clock) clocks.push(options.clock)
      return target.open(place, options)
    }
    const timed = defineCase('C1.timed', 'time', async ({ clock }) => {
      const before = clock.now()
      clock.advance(1_500)
      expect(clocks.map((now) => now() - before)).toEqual([1_500, 1_500])
    })
    expect((await runConformance({ ...target, open }, { cases: [timed] })).cases[0]).toMatchObject({ status: 'passed' })
  })
})

describe('canaries', () => {
  const secret = 'a secret of the user'
  const failing = (error: () => unknown) =>
    tinyTarget({
      repository: () => ({
        insert: async () => {
          throw error()
        },
      }),
    })
  const inserting = defineCase('E5.inserting', 'a refused insert', async ({ a }) => {
    const repository = a.repository as unknown as (entity: object) => { insert(values: object): Promise<unknown> }
    await repository({ name: 'x', fields: {} })
      .insert({ id: 'ids may be shown', name: secret })
      .catch(() => undefined)
  })
  const refusal = (message: string, cause?: unknown) => () =>
    new StorageError('invalid-value', message, { entity: 'x', field: 'name' }, cause)

  test.each([
    ['the message', refusal(`bad value ${secret}`)],
    ['the cause', refusal('bad value', { code: 1, detail: `Key (name)=(${secret})` })],
    ['a cause of a cause', refusal('bad value', new Error('x', { cause: { parameters: [secret] } }))],
    ['the data', () => new StorageError('duplicate', 'taken', { entity: 'x', unique: 'name', id: secret })],
  ])('a value found in %s of an error fails the case and the run', async (_, error) => {
    const report = await runConformance(failing(error), { cases: [inserting] })
    expect(report.status).toBe('failed')
    expect(report.cases[0]?.reason).toContain('E5')
    expect(report.canaries.found).toHaveLength(1)
    expect(report.canaries.errors).toBe(1)
  })

  test('an error without values passes, and ids may be shown', async () => {
    const report = await runConformance(failing(refusal('ids may be shown: x.name is bad')), { cases: [inserting] })
    expect(report).toMatchObject({ status: 'passed', canaries: { errors: 1, found: [] } })
  })

  test('a value found in an event, or in what goes to the console, fails the case', async () => {
    const target = tinyTarget()
    const telling: typeof target.open = async (place, options) => {
      options.onOperation?.({ operation: 'insert', value: 'portolan-canary-5e1f-x' })
      return target.open(place, options)
    }
    expect((await runConformance({ ...target, open: telling }, { cases: [fine] })).canaries.found[0]).toContain(
      'an event',
    )
    for (const print of [console.log, console.warn, (text: string) => process.stdout.write(text)]) {
      const chatty = defineCase('E5.chatty', 'prints', async () => {
        const name = print === console.log ? 'log' : print === console.warn ? 'warn' : null
        if (name) console[name]('saw portolan-canary-5e1f-x\n')
        else process.stdout.write('saw portolan-canary-5e1f-x\n')
      })
      const report = await runConformance(tinyTarget(), { cases: [chatty] })
      expect(report.canaries.found[0]).toContain('a line of output')
      expect(report.status).toBe('failed')
    }
  })

  test('guards, namespaces and keys are remembered as well', async () => {
    const leak = (what: string) => async () => {
      throw new StorageError('unexpected', `something about ${what}`, {})
    }
    const target = tinyTarget({
      keyValue: () => ({ get: leak('the-namespace'), set: leak('the-key-of-it') }),
      transaction: leak('the-guard-key'),
    })
    const leaking = defineCase('E5.leaking', 'leaks', async ({ a }) => {
      await a
        .keyValue('the-namespace')
        .get('x')
        .catch(() => undefined)
      await a
        .keyValue('x')
        .set('the-key-of-it', 'v')
        .catch(() => undefined)
      await a.transaction(async () => 1, { guards: ['the-guard-key'] }).catch(() => undefined)
    })
    expect((await runConformance(target, { cases: [leaking] })).canaries.found).toHaveLength(3)
  })
})
