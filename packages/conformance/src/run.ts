import type { Capabilities, Storage } from '@portolan/ports'
import { describeError } from './assert.ts'
import { createWatch } from './canary.ts'
import { type Case, NotApplicable } from './case.ts'
import { casesFor } from './cases-for.ts'
import { watchConsole } from './console.ts'
import { makeReport } from './report.ts'
import type { CaseResult, Report } from './result.ts'
import { standardEntities } from './standard-entities.ts'
import type { Offers, OpenOptions, Target } from './target.ts'
import { openWorld, type WorldOptions } from './world.ts'

export interface RunOptions {
  /** Default: those that fit the target, see `casesFor`. */
  readonly cases?: readonly Case[] | undefined
  /** Ids of cases or clauses; only these run. */
  readonly only?: readonly string[] | undefined
  /** Milliseconds that one case may take. Default 120,000. */
  readonly caseTimeoutMs?: number | undefined
  /** For generated values; the report names it. Default: drawn. */
  readonly seed?: number | undefined
  readonly wrapDriver?: OpenOptions['wrapDriver']
  readonly wrapStorage?: ((storage: Storage<unknown>) => Storage<unknown>) | undefined
  readonly onResult?: ((result: CaseResult) => void) | undefined
}

type Outcome = Pick<CaseResult, 'status' | 'reason' | 'skippedBy'>

/** The offers of a target that offers everything: what is skipped even so is skipped for a capability. */
const everything: Offers = new Proxy({}, { get: () => () => undefined, has: () => true })

const withNetwork = (offers: Offers): Offers => ({ ...offers, proxy: everything.proxy, restart: everything.restart })

/** One run over one target: the bindings feed it case by case, `runConformance` all at once. */
export interface Run {
  readonly cases: readonly Case[]
  /** Asks the target for its capabilities and versions; every case does so first. */
  prepare(): Promise<void>
  runCase(one: Case): Promise<CaseResult>
  report(): Report
}

export function createRun(target: Target, options: RunOptions = {}): Run {
  const cases = select(options.cases ?? casesFor(target), options.only)
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 31)
  const startedAt = Date.now()
  const results: CaseResult[] = []
  const searched = { errors: 0, events: 0, lines: 0 }
  const found: string[] = []
  let versions = { server: '?', client: '?' }
  let capabilities: Capabilities | null = null
  let prepared: Promise<void> | null = null

  const prepare = (): Promise<void> => {
    prepared ??= (async () => {
      versions = await target.versions()
      capabilities = await probe(target)
    })()
    return prepared
  }

  const execute = async (one: Case): Promise<Outcome> => {
    await prepare()
    const known = capabilities as Capabilities | null
    if (!known) throw new Error('the target has told no capabilities')
    const skip = one.skip?.(known, target.offers) ?? null
    if (skip !== null) {
      if (target.embedded && one.skip?.(known, target.offers) !== one.skip?.(known, withNetwork(target.offers)))
        return { status: 'not-applicable', reason: 'there is no network to a server', skippedBy: 'capability' }
      const skippedBy = one.skip?.(known, everything) === null ? 'offer' : 'capability'
      return { status: 'not-applicable', reason: skip, skippedBy }
    }
    const watch = createWatch()
    const worldOptions: WorldOptions = {
      overlap: known.overlap,
      seed,
      watch,
      stopsServer: one.stopsServer,
      wrapDriver: options.wrapDriver,
      wrapStorage: options.wrapStorage,
    }
    const unwatch = watchConsole((line) => watch.search('a line of output', line))
    try {
      await withinTime(options.caseTimeoutMs ?? 120_000, () => inWorld(one, target, worldOptions))
      if (watch.found.length > 0) throw new Error(`E5: ${watch.found.join('; ')}`)
    } finally {
      unwatch()
      searched.errors += watch.searched.errors
      searched.events += watch.searched.events
      searched.lines += watch.searched.lines
      for (const sentence of watch.found) found.push(`${one.id}: ${sentence}`)
    }
    return { status: 'passed', reason: null, skippedBy: null }
  }

  return {
    cases,
    prepare,
    async runCase(one) {
      const began = performance.now()
      const outcome = await execute(one).catch((error: unknown) =>
        error instanceof NotApplicable && !options.wrapDriver
          ? ({ status: 'not-applicable', reason: error.message, skippedBy: 'offer' } as const)
          : ({ status: 'failed', reason: describeError(error), skippedBy: null } as const),
      )
      const result: CaseResult = {
        id: one.id,
        clause: one.clause,
        title: one.title,
        race: one.race ?? false,
        ...outcome,
        durationMs: Math.round(performance.now() - began),
      }
      results.push(result)
      options.onResult?.(result)
      return result
    },
    report: () =>
      makeReport(target, {
        results,
        planned: cases.length,
        ...versions,
        startedAt,
        seed,
        capabilities,
        canaries: { ...searched, found },
      }),
  }
}

/** Runs the cases one after another and reports; rejects only for a selection that names nothing. */
export async function runConformance(target: Target, options: RunOptions = {}): Promise<Report> {
  const run = createRun(target, options)
  for (const one of run.cases) await run.runCase(one)
  return run.report()
}

function select(cases: readonly Case[], only: readonly string[] | undefined): readonly Case[] {
  if (!only || only.length === 0) return cases
  for (const wanted of only)
    if (!cases.some(({ id, clause }) => id === wanted || clause === wanted))
      throw new Error(`no case or clause is called "${wanted}"; --list shows them all`)
  return cases.filter(({ id, clause }) => only.includes(id) || only.includes(clause))
}

/** Entities without overlap rules, which every adapter takes. */
async function probe(target: Target): Promise<Capabilities> {
  const place = await target.createPlace()
  try {
    const client = await target.open(place, { entities: target.entities ?? standardEntities(false) })
    const { capabilities } = client.storage
    await client.close()
    return capabilities
  } finally {
    await target.removePlace(place)
  }
}

async function inWorld(one: Case, target: Target, options: WorldOptions): Promise<void> {
  const { world, close } = await openWorld(target, options)
  try {
    await one.run(world)
  } catch (error) {
    await withinTime(10_000, close).catch(() => undefined)
    throw error
  }
  await close()
}

async function withinTime<R>(milliseconds: number, work: () => Promise<R>): Promise<R> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${milliseconds} ms`)), milliseconds)
  })
  try {
    return await Promise.race([work(), late])
  } finally {
    clearTimeout(timer)
  }
}
