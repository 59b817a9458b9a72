import { randomUUID } from 'node:crypto'
import type { SchemaProblem } from '@portolan/ports'
import { wrongType } from '../call.ts'
import { addressed } from '../calls.ts'
import type { Connection, Reply } from '../client.ts'
import {
  changed,
  type Definition,
  type Fate,
  type KnownDefinition,
  type Part,
  type PartKind,
  type PlacedPart,
  partsOf,
} from '../definition.ts'
import type { Message } from '../encoding/message.ts'
import { failing } from '../errors.ts'
import type { Keyspace } from '../keys.ts'
import { definition as storeDefinition } from '../scripts/definitions.ts'
import { census, fill, reindex } from '../scripts/fill.ts'
import type { Script } from '../scripts/script.ts'
import { mismatchOf, type StoredDefinitions } from './stored-definitions.ts'

/** What one script reads: it stops the server meanwhile, for 10 to 20 milliseconds. */
const pageRows = 500
const pageBytes = 4 * 1024 * 1024

export interface Applying {
  readonly connection: Connection
  readonly keyspace: Keyspace
  readonly definitions: StoredDefinitions
  readonly deadline: number
}

/** Null where the definition has changed; it is learned then. */
export async function countsOf(applying: Applying, known: KnownDefinition): Promise<readonly number[] | null> {
  return (await onEntity(applying, known, census, []))?.map(Number) ?? null
}

/** False where the definition has changed meanwhile. */
export async function reindexRows(applying: Applying, known: KnownDefinition): Promise<boolean> {
  let cursor = '0'
  do {
    const parts = await onEntity(applying, known, reindex, [cursor, pageRows])
    if (!parts) return false
    cursor = String(parts[0])
  } while (cursor !== '0')
  return true
}

/** Whether it was the last page; then what was filling is ready. Parts that rows violate are taken out, and told. */
export async function fillPage(
  applying: Applying,
  known: KnownDefinition,
  violations: Map<string, SchemaProblem>,
): Promise<boolean> {
  const { definition } = known
  const filling = partsOf(definition).filter(({ part }) => part.state === 'filling')
  const places = (wanted: PartKind): number[] => filling.filter(({ kind }) => kind === wanted).map(({ place }) => place)
  const operation = [[places('index'), places('key'), places('rule')], pageRows, pageBytes]
  const parts = await onEntity(applying, known, fill, operation)
  if (!parts) return false
  if (!Array.isArray(parts[0])) {
    const done = Number(parts[0]) === 1
    return done && (await store(applying, known, changed(definition, ready), false))
  }
  const violated = parts.map((part) => violationOf(definition.name, filling, part as readonly Reply[]))
  for (const { kind, name, message } of violated)
    violations.set(`${kind} ${name}`, { entity: definition.name, kind, name, message })
  const taken = changed(definition, (kind, { name }) =>
    violated.some((one) => one.kind === kind && one.name === name) ? 'removed' : 'as it is',
  )
  await store(applying, known, taken, false)
  return false
}

const ready = (_: PartKind, { state }: Part): Fate => (state === 'filling' ? 'ready' : 'as it is')

function violationOf(
  entity: string,
  filling: readonly PlacedPart[],
  [kind, place, id, other]: readonly Reply[],
): SchemaProblem {
  const found = filling.find((one) => one.kind === String(kind) && one.place === Number(place))
  const name = found?.part.name ?? ''
  const message = `rows ${id} and ${other} of ${entity} violate the ${kind} ${name}: correct them, look for more, then run schema.apply() again`
  return { entity, kind: String(kind), name, message }
}

/**
 * One script on this definition: what it answers after its first word; null where the definition is another one, which is
 * learned. Repeating any of these scripts does no harm, so a lost answer is no unknown outcome.
 */
async function onEntity(
  { connection, keyspace, definitions, deadline }: Applying,
  known: KnownDefinition,
  script: Script,
  operation: readonly Message[],
): Promise<readonly Reply[] | null> {
  const { name } = known.definition
  const { keys, layouts } = addressed(keyspace, [known], [])
  const call = [[false, false], layouts, ...operation] as readonly Message[]
  const reply = await repeatable(connection, script, keys, call, name, deadline)
  const [word, ...parts] = reply as readonly Reply[]
  switch (String(word)) {
    case 'definition':
      definitions.learn(name, String(parts[1]), String(parts[2]))
      return null
    case 'wrongtype':
      throw wrongType(name, String(parts[1]))
    case 'unreadable': {
      const id = String(parts[0])
      throw failing(
        'schema-mismatch',
        `row ${id} of ${name} is not readable, so nothing can be filled in; correct or remove it`,
        [{ entity: name, kind: 'rows', name: id, message: `row ${id} of ${name} is not readable` }],
      )
    }
    default:
      return parts
  }
}

/** False where another definition is stored than the known one (null: than none); it is learned, and nothing happened. */
export async function store(
  { connection, keyspace, definitions, deadline }: Applying,
  known: KnownDefinition | null,
  next: Definition,
  fillsAnew: boolean,
): Promise<boolean> {
  const { name } = next
  const revision = randomUUID()
  const text = JSON.stringify(next)
  const kept = new Set(keyspace.entity(next))
  const others = known
    ? keyspace.entity(known.definition).filter((key) => !kept.has(key))
    : keyspace.entity(next).slice(1)
  const call = [known?.revision ?? '', revision, text, fillsAnew ? 1 : 0]
  const keys = [keyspace.definition(name), ...others]
  const reply = await repeatable(connection, storeDefinition, keys, call, name, deadline)
  const [word, ...told] = (reply as readonly Reply[]).map(String)
  if (word === 'wrongtype') throw wrongType(name, 'definition')
  if (word === 'leftover') {
    const message = `keys of ${name} are here without its definition, so nobody can tell what they hold; remove them, then run schema.apply()`
    throw mismatchOf(name, [{ entity: name, kind: 'definition', name, message }])
  }
  if (word === 'ok') definitions.learn(name, revision, text)
  else definitions.learn(name, told[0] ?? '', told[1] ?? '')
  return word === 'ok'
}

async function repeatable(
  connection: Connection,
  script: Script,
  keys: readonly string[],
  call: readonly Message[],
  entity: string,
  deadline: number,
): Promise<Reply> {
  if (performance.now() >= deadline)
    throw failing(
      'unavailable',
      `the time was up before all of ${entity} was filled in; run schema.apply() again, it goes on where it stopped`,
    )
  return await connection.run({ ...script, writes: false }, keys, call, deadline)
}
