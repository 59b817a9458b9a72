import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import type { AnyEntity } from '@portolan/ports'
import { describeError } from './assert.ts'
import { casesFor } from './cases-for.ts'
import { reportTable, writeReport } from './report.ts'
import type { CaseResult } from './result.ts'
import { runConformance } from './run.ts'
import type { Target } from './target.ts'

const usage = `portolan-conformance ./target.js [options]

Runs the clauses of the storage ports against a target: a module whose default export is made by defineTarget().
A target written in TypeScript works from Node 22.18 on.

  --report <file>      write the JSON report there (default: no file)
  --only <id>          run only this case or clause; may be given several times
  --list               list the cases and leave
  --entities <module>  run the clauses that hold for any entity on those that this module exports
  --seed <number>      repeat the generated values of an earlier run
  --help

Ends with 0 when everything that applies passed, 1 when something failed or nothing passed, 2 when it could not start.
`

/** Runs the command line and returns the exit code. */
export async function main(given: readonly string[], say: (text: string) => void = console.log): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: [...given],
      allowPositionals: true,
      options: {
        report: { type: 'string' },
        only: { type: 'string', multiple: true },
        list: { type: 'boolean' },
        entities: { type: 'string' },
        seed: { type: 'string' },
        help: { type: 'boolean' },
      },
    })
    if (values.help) {
      say(usage)
      return 0
    }
    const [module, ...more] = positionals
    if ((module === undefined && !values.list) || more.length > 0) throw new Error('name one target module')
    const entities = values.entities === undefined ? null : await loadEntities(values.entities)
    if (module === undefined) {
      list(casesFor(entities ? { entities } : {}), say)
      return 0
    }
    const loaded = await loadTarget(module)
    const target: Target = entities ? { ...loaded, entities } : loaded
    if (values.list) {
      list(casesFor(target), say)
      return 0
    }
    const report = await runConformance(target, {
      only: values.only,
      ...(values.seed !== undefined && { seed: seedOf(values.seed) }),
      onResult: (result) => say(line(result)),
    })
    say(`\n${reportTable(report)}`)
    if (values.report !== undefined) await writeReport(report, values.report)
    return report.status === 'passed' ? 0 : 1
  } catch (error) {
    say(`portolan-conformance: ${describeError(error)}\n\n${usage}`)
    return 2
  }
}

const marks = { passed: 'ok    ', failed: 'FAILED', 'not-applicable': '-     ' } as const

function line({ id, title, status, reason, durationMs }: CaseResult): string {
  return `${marks[status]} ${id}: ${title} (${durationMs} ms)${reason ? `\n       ${reason}` : ''}`
}

function list(cases: ReturnType<typeof casesFor>, say: (text: string) => void): void {
  for (const { id, title, race } of cases) say(`${id}${race ? ' (race)' : ''}: ${title}`)
  say(`${cases.length} cases`)
}

function seedOf(text: string): number {
  const seed = Number(text)
  if (!Number.isSafeInteger(seed)) throw new Error('--seed takes a whole number')
  return seed
}

async function loadTarget(module: string): Promise<Target> {
  const loaded = (await load(module)) as { readonly default?: Partial<Target> }
  const target = loaded.default
  if (typeof target?.open !== 'function' || typeof target.name !== 'string')
    throw new Error(`${module} has no target as its default export: export default defineTarget({ ... })`)
  return target as Target
}

async function loadEntities(module: string): Promise<AnyEntity[]> {
  const exported = Object.values((await load(module)) as Record<string, unknown>).flat()
  const entities = exported.filter(
    (one): one is AnyEntity => typeof (one as Partial<AnyEntity> | null)?.format === 'number',
  )
  if (entities.length === 0) throw new Error(`${module} exports no entity`)
  return [...new Map(entities.map((entity) => [entity.name, entity])).values()]
}

const load = (module: string): Promise<unknown> => import(pathToFileURL(resolve(module)).href)
