import { contradictions, type StoredEntity } from '@portolan/adapter-kit'
import type { SchemaProblem } from '@portolan/ports'
import type { Definitions } from '../calls.ts'
import type { Connection, Reply } from '../client.ts'
import { type Definition, entityOf, type KnownDefinition, placesOf } from '../definition.ts'
import { classify, failing } from '../errors.ts'
import type { Keyspace } from '../keys.ts'
import { inspection } from '../scripts/definitions.ts'
import { checkRights, checkSettings, factsOf, mayWrite, type ServerFacts } from '../settings.ts'

/** What stands at the key of a definition. */
export type Found =
  | { readonly kind: 'none' }
  | { readonly kind: 'unfit'; readonly problem: SchemaProblem }
  | { readonly kind: 'known'; readonly known: KnownDefinition }

export interface StoredDefinitions extends Definitions {
  prepare(entities: readonly StoredEntity[]): void
  /** As far as it was read or learned; nothing is sent. */
  current(entity: string): Found
  /** What keeps a client that declares this from writing; empty where nothing does. */
  problems(declared: StoredEntity): readonly SchemaProblem[]
  /** As the server has it now, and what it tells of itself. */
  read(
    entities: readonly string[],
    deadline: number,
  ): Promise<{ readonly facts: ServerFacts; readonly found: readonly Found[] }>
}

interface Kept {
  readonly found: Found
  /** What keeps this client from using it, by use. */
  readonly problems: { readonly read: readonly SchemaProblem[]; readonly write: readonly SchemaProblem[] }
}

export function definitionsOn(connection: Connection, keyspace: Keyspace, allowEviction: boolean): StoredDefinitions {
  const declared = new Map<string, StoredEntity>()
  const kept = new Map<string, Kept>()
  let opened = false
  let facts: ServerFacts | null = null
  let opening: Promise<void> | null = null

  const keep = (entity: string, found: Found): void => {
    kept.set(entity, { found, problems: misfits(entity, declared.get(entity), found) })
  }

  const read: StoredDefinitions['read'] = async (entities, deadline) => {
    const keys = [...entities.map((entity) => keyspace.definition(entity)), keyspace.operation('')]
    const askedAt = performance.now()
    const reply = await connection.run(inspection, keys, [[false, false]], deadline)
    const [now, server, memory, denied, ...stored] = reply as readonly Reply[]
    // Before the first write: from then on none is carried out that its caller has given up.
    if (Number(now) > 0) connection.learnClock(Number(now), askedAt)
    const found = stored.map((each, index) => {
      const [revision, text] = each as readonly Buffer[]
      return foundAs(entities[index] ?? '', String(revision), text === undefined ? null : String(text))
    })
    for (const [index, entity] of entities.entries()) keep(entity, found[index] ?? { kind: 'none' })
    facts = factsOf(String(server), String(memory), String(denied))
    return { facts, found }
  }

  const first = async (deadline: number): Promise<void> => {
    try {
      checkSettings((await read([...declared.keys()], deadline)).facts, allowEviction)
      opened = true
    } finally {
      opening = null
    }
  }

  /**
   * Once, for all entities. A server that could not be asked, or may not be used, is asked again by a later call, and a call whose
   * time is not up yet does not give up with one whose time was.
   */
  const open = async (deadline: number): Promise<void> => {
    while (!opened) {
      const others = opening
      opening ??= first(deadline)
      try {
        await opening
      } catch (error) {
        if (!others || classify(error)?.code !== 'unavailable' || performance.now() >= deadline) throw error
      }
    }
  }

  const unusable = (entities: readonly string[], use: 'read' | 'write'): string[] =>
    entities.filter((entity) => kept.get(entity)?.problems[use].length !== 0)

  return {
    prepare(entities) {
      for (const entity of entities) declared.set(entity.name, entity)
    },
    read,
    current: (entity) => kept.get(entity)?.found ?? { kind: 'none' },
    problems: (entity) => misfits(entity.name, entity, kept.get(entity.name)?.found ?? { kind: 'none' }).write,
    async of(entities, use, deadline) {
      if (!opened) await open(deadline)
      const asked = use === 'write' ? 'write' : 'read'
      const again = unusable(entities, asked)
      // Another process may have applied in the meantime, or somebody given more rights.
      if (again.length > 0 || (use !== 'read' && !mayWrite(facts))) await read(again, deadline)
      if (use !== 'read') checkRights(facts)
      return entities.map((entity) => {
        const { found, problems } = kept.get(entity) ?? { found: { kind: 'none' }, problems: null }
        if (found.kind !== 'known' || problems?.[asked].length !== 0) throw mismatchOf(entity, problems?.[asked] ?? [])
        return found.known
      })
    },
    learn(entity, revision, definition) {
      keep(entity, foundAs(entity, revision, definition))
    },
  }
}

/** `definition` null: the key holds something else. */
function foundAs(entity: string, revision: string, definition: string | null): Found {
  if (revision === '' && definition === '') return { kind: 'none' }
  const parsed = definition === null ? null : parse(definition)
  if (parsed?.name === entity && parsed.layout === 1 && revision !== '')
    return { kind: 'known', known: { revision, definition: parsed, places: placesOf(parsed) } }
  const newer = typeof parsed?.layout === 'number' && (parsed.layout as number) > 1
  const message = newer
    ? `the definition of ${entity} was stored by a newer version of @portolan/redis; update this one`
    : `the key of the definition of ${entity} holds something else than Portolan put there; remove it and all keys of ${entity}, then run schema.apply()`
  return { kind: 'unfit', problem: { entity, kind: 'definition', name: entity, message } }
}

function parse(text: string): Definition | null {
  try {
    return JSON.parse(text) as Definition
  } catch {
    return null
  }
}

/** What keeps a client that declares this from reading or writing rows of what is stored. */
function misfits(entity: string, declared: StoredEntity | undefined, found: Found): Kept['problems'] {
  if (found.kind === 'unfit') return { read: [found.problem], write: [found.problem] }
  if (found.kind === 'none') {
    const message = `${entity} is not stored here, or was removed with all its rows; run schema.apply()`
    const problem = { entity, kind: 'definition', name: entity, message }
    return { read: [problem], write: [problem] }
  }
  if (!declared) return { read: [], write: [] }
  const { definition } = found.known
  const contradicted = contradictions(entityOf(definition), declared)
  const lacked = lacking(definition, declared).filter(
    ({ kind, name }) => !contradicted.some((one) => one.kind === kind && one.name === name),
  )
  const write = [...contradicted, ...lacked]
  // A reader makes no use of what it doesn't declare, and finds rows without the keys and indexes that it lacks.
  const concerns = ({ kind, name }: SchemaProblem): boolean =>
    kind === 'scope' || (kind === 'field' && Object.hasOwn(declared.fields, name))
  return { read: write.filter(concerns), write }
}

/** What is declared and not stored, or not filled in to its end. */
function lacking(definition: Definition, declared: StoredEntity): SchemaProblem[] {
  const problems: SchemaProblem[] = []
  const lack = (kind: string, name: string, message: string): void => {
    problems.push({ entity: definition.name, kind, name, message })
  }
  const fields = placesOf(definition)
  for (const field of Object.keys(declared.fields))
    if (!fields.has(field))
      lack('field', field, `the field ${field} of ${definition.name} is not stored yet; run schema.apply()`)
  const compare = (
    kind: string,
    names: readonly string[],
    stored: Definition['indexes' | 'unique' | 'rules'],
  ): void => {
    for (const name of names) {
      const part = stored.find((one) => one.name === name)
      if (!part) lack(kind, name, `the ${kind} ${name} of ${definition.name} is not stored yet; run schema.apply()`)
      else if (part.state === 'filling')
        lack(
          kind,
          name,
          `the ${kind} ${name} of ${definition.name} is being filled; wait for schema.apply() to end, or run it again`,
        )
    }
  }
  compare('index', Object.keys(declared.indexes), definition.indexes)
  compare('key', Object.keys(declared.unique), definition.unique)
  compare(
    'rule',
    declared.rules.map(({ name }) => name),
    definition.rules,
  )
  return problems
}

export function mismatchOf(entity: string, problems: readonly SchemaProblem[]): Error {
  const more = problems.length > 1 ? `, and ${problems.length - 1} more` : ''
  return failing('schema-mismatch', `${entity}: ${problems[0]?.message ?? 'is not stored here'}${more}`, problems)
}
