import type { SchemaProblem } from '@portolan/ports'
import type { Connection, Reply } from './client.ts'
import { classify, failing } from './errors.ts'

/** What a server tells of itself; null for what it does not say, or the user may not ask. */
export interface ServerFacts {
  /** Such as '7.0.15'. */
  readonly version: string | null
  readonly evictionPolicy: string | null
  /** Commands that scripts call and the user may not run, with spaces between. */
  readonly denied: string
}

export function factsOf(server: string, memory: string, denied = ''): ServerFacts {
  const told = (info: string, name: string): string | null =>
    new RegExp(`^${name}:([^\\r\\n]*)`, 'm').exec(info)?.[1]?.trim() ?? null
  return { version: told(server, 'redis_version'), evictionPolicy: told(memory, 'maxmemory_policy'), denied }
}

/** What keeps a storage from working on this server at all. */
export function settingProblems(
  { version, evictionPolicy, denied }: ServerFacts,
  allowEviction: boolean,
): SchemaProblem[] {
  const problems: SchemaProblem[] = []
  const report = (name: string, message: string): void => {
    problems.push({ entity: null, kind: 'setting', name, message })
  }
  if (!allowEviction && evictionPolicy === null)
    report(
      'maxmemory-policy',
      'the Redis user may not run INFO, so nobody knows whether the server evicts keys; allow it, or set allowEviction: true',
    )
  else if (!allowEviction && evictionPolicy !== 'noeviction')
    report(
      'maxmemory-policy',
      `maxmemory-policy is ${evictionPolicy}: Redis would remove keys of the storage without a word; set it to noeviction, or set allowEviction: true`,
    )
  if (version !== null && Number.parseInt(version, 10) < 7)
    report('version', `Redis ${version} is too old: the scripts of this adapter need Redis 7.0`)
  if (denied !== '') report('rights', lackingRights(denied))
  return problems
}

export function mayWrite(facts: ServerFacts | null): boolean {
  return !facts?.denied
}

/** Throws for a user under whom a script would stop half way, behind its first write. */
export function checkRights(facts: ServerFacts | null): void {
  if (!mayWrite(facts)) throw failing('access-denied', lackingRights(facts?.denied ?? ''))
}

function lackingRights(denied: string): string {
  return `the Redis user may not run ${denied}, so nothing is written; allow it +@read and +@write`
}

/** Throws for a server on which a storage may not work. */
export function checkSettings(facts: ServerFacts, allowEviction: boolean): void {
  const problems = settingProblems({ ...facts, denied: '' }, allowEviction)
  const old = problems.find(({ name }) => name === 'version')
  if (old) throw failing('unsupported', old.message)
  const [first] = problems
  if (first) throw failing('schema-mismatch', first.message, problems)
}

const lasting = { appendonly: 'yes', appendfsync: 'always' } as const

/** What of the servers' settings loses acknowledged writes at a restart; of a cluster every node that takes writes. */
export async function durabilityProblems(connection: Connection, deadline: number): Promise<SchemaProblem[]> {
  const names = Object.keys(lasting)
  try {
    const told = await connection.readEach('config', ['GET', ...names], deadline)
    return lastingProblems(told.map(settingsIn))
  } catch (error) {
    if (classify(error)?.code === 'unavailable') throw error
    const message = `the Redis user may not read ${names.join(' and ')} (CONFIG GET), so nobody knows what a restart loses; allow it, or look there yourself`
    return [{ entity: null, kind: 'setting', name: 'appendonly', message }]
  }
}

export function lastingProblems(nodes: readonly ReadonlyMap<string, string>[]): SchemaProblem[] {
  return Object.entries(lasting).flatMap(([name, wanted]) => {
    const unfit = nodes.map((settings) => settings.get(name) ?? 'unknown').find((value) => value !== wanted)
    if (unfit === undefined) return []
    const message = `${name} is ${unfit}: acknowledged writes may be lost when Redis stops; set it to ${wanted}, or leave the option durability out`
    return [{ entity: null, kind: 'setting', name, message }]
  })
}

function settingsIn(reply: Reply): ReadonlyMap<string, string> {
  const texts = Array.isArray(reply) ? reply.map(String) : []
  return new Map(texts.flatMap((name, at) => (at % 2 === 0 ? [[name, texts[at + 1] ?? ''] as const] : [])))
}
