import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { manifestOf, root, workspaceFolders } from '../places.js'
import { expectedTargets } from '../server-report.js'

interface Step {
  readonly name?: string
  readonly uses?: string
  readonly run?: string
  readonly env?: Record<string, string>
}

interface Job {
  readonly uses?: string
  readonly steps?: readonly Step[]
  readonly env?: Record<string, string>
  readonly permissions?: Record<string, string>
  readonly services?: Record<string, { readonly ports: readonly string[] }>
  readonly 'timeout-minutes'?: number
}

interface Workflow {
  readonly permissions?: Record<string, string>
  readonly concurrency?: { readonly group: string }
  readonly jobs: Record<string, Job>
}

const folder = join(root, '.github', 'workflows')
const action = join(root, '.github', 'actions', 'prepare', 'action.yml')
const read = (file: string) => parse(readFileSync(file, 'utf8'))
const workflows: [name: string, Workflow][] = readdirSync(folder).map((name) => [name, read(join(folder, name))])
const jobsOf = ({ jobs }: Workflow): Job[] => Object.values(jobs)
const stepsOf = (workflow: Workflow): Step[] => jobsOf(workflow).flatMap(({ steps = [] }) => steps)
const allSteps: Step[] = [...workflows.flatMap(([, workflow]) => stepsOf(workflow)), ...read(action).runs.steps]
const linux = workflows.find(([name]) => name === 'tests.yml')?.[1].jobs.linux

/** NAME=value of what a step hands on to those after it. */
const handedOn = ({ run = '' }: Step): [name: string, value: string][] =>
  [...run.matchAll(/echo "(\w+)=([^"]*)" >> "\$GITHUB_ENV"/g)].map(([, name = '', value = '']) => [name, value])

/** The sources of everything that a variable could be meant for. */
function sourceTexts(): string[] {
  return workspaceFolders().flatMap((place) => {
    const inside = existsSync(join(place, 'src')) ? join(place, 'src') : place
    const names = readdirSync(inside, { recursive: inside !== place, encoding: 'utf8' })
    return names.filter((name) => /\.[jt]s$/.test(name)).map((name) => readFileSync(join(inside, name), 'utf8'))
  })
}

describe.each(workflows)('%s', (_, workflow) => {
  test('may read the repository, and more only in a job that says so', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' })
  })

  test('does not run twice for the same, and ends', () => {
    expect(workflow.concurrency?.group).toBeTruthy()
    for (const job of jobsOf(workflow)) {
      if (job.uses) expect(existsSync(join(root, job.uses))).toBe(true)
      else expect(job['timeout-minutes']).toBeLessThanOrEqual(60)
    }
  })
})

test('only the jobs of a release may write, and only publishing may prove who it is', () => {
  const permissions = workflows.flatMap(([, { jobs }]) =>
    Object.entries(jobs).flatMap(([name, job]) => (job.permissions ? [[name, job.permissions]] : [])),
  )
  expect(Object.fromEntries(permissions)).toEqual({
    version: { contents: 'write', 'pull-requests': 'write' },
    publish: { contents: 'write', 'id-token': 'write' },
  })
})

test('actions are named with their major, those of this repository exist', () => {
  const used = allSteps.flatMap(({ uses }) => uses ?? [])
  expect(used.length).toBeGreaterThan(5)
  for (const name of used) {
    if (name.startsWith('./')) expect(existsSync(join(root, name, 'action.yml'))).toBe(true)
    else expect(name).toMatch(/^(actions|changesets)\/[\w-]+@v\d+$/)
  }
})

test('every script that is run exists', () => {
  const texts = allSteps.flatMap((step) => [step.run, (step as { with?: { version?: string } }).with?.version ?? ''])
  const named = texts.flatMap((text = '') => [...text.matchAll(/\bnpm (?:run ([\w-]+)|(test|start)\b)/g)])
  const scripts = named.map(([, run, known]) => run ?? known)
  expect(new Set(scripts)).toEqual(new Set(['test', 'release', 'new-versions']))
  expect(Object.keys(manifestOf(root).scripts ?? {})).toEqual(expect.arrayContaining(scripts))
})

test('every variable of ours that is set is read somewhere', () => {
  const jobs = workflows.flatMap(([, workflow]) => jobsOf(workflow))
  const names = [
    ...[...jobs, ...allSteps].flatMap(({ env = {} }) => Object.keys(env)),
    ...allSteps.flatMap(handedOn).map(([name]) => name),
  ]
  const ours = [...new Set(names)].filter((name) => /^(PORTOLAN_|REQUIRE_)/.test(name))
  expect(ours).toEqual(
    expect.arrayContaining(['REQUIRE_ALL', 'PORTOLAN_NODE_22', 'PORTOLAN_POSTGRES_15_URL', 'PORTOLAN_FIRESTORE_URL']),
  )
  const sources = sourceTexts()
  expect(ours.filter((name) => !sources.some((text) => text.includes(name)))).toEqual([])
})

test('every server has a URL on a port that is open', () => {
  const services = Object.values(linux?.services ?? {}).flatMap(({ ports }) => ports)
  const started = (linux?.steps ?? []).flatMap(({ run = '' }) =>
    [...run.matchAll(/--publish (\S+)/g)].map((one) => one[1]),
  )
  const open = [...services, ...started].map((ports) => ports?.split(':')[0]).sort()
  const variables = [...Object.entries(linux?.env ?? {}), ...(linux?.steps ?? []).flatMap(handedOn)]
  const urls = variables.filter(([name]) => name.endsWith('_URL'))
  expect(urls).toHaveLength(6)
  expect(urls.map(([, url]) => new URL(url).port).sort()).toEqual(open)
})

test('the targets that a job without servers names are all that need none', () => {
  const step = allSteps.find(({ name }) => name?.startsWith('Expected: '))
  const named = step?.name?.replace('Expected: ', '').split(', ')
  expect(named?.sort()).toEqual(expectedTargets.filter((name) => /memory|sqlite/.test(name)).sort())
})
