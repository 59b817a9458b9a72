import type { SchemaProblem } from '@portolan/ports'
import { failing } from './errors.ts'

/** What a server tells of itself; null for what it does not say, or the user may not ask. */
export interface ServerFacts {
  /** Such as '7.0.15'. */
  readonly version: string | null
  readonly evictionPolicy: string | null
}

export function factsOf(server: string, memory: string): ServerFacts {
  const told = (info: string, name: string): string | null =>
    new RegExp(`^${name}:([^\\r\\n]*)`, 'm').exec(info)?.[1]?.trim() ?? null
  return { version: told(server, 'redis_version'), evictionPolicy: told(memory, 'maxmemory_policy') }
}

/** What keeps a storage from working on this server at all. */
export function settingProblems({ version, evictionPolicy }: ServerFacts, allowEviction: boolean): SchemaProblem[] {
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
  return problems
}

/** Throws for a server on which a storage may not work. */
export function checkSettings(facts: ServerFacts, allowEviction: boolean): void {
  const problems = settingProblems(facts, allowEviction)
  const old = problems.find(({ name }) => name === 'version')
  if (old) throw failing('unsupported', old.message)
  const [first] = problems
  if (first) throw failing('schema-mismatch', first.message, problems)
}
