import { type StoredEntity, storedEntity } from '@portolan/adapter-kit'
import { defineEntity, instant, text } from '@portolan/ports'
import { Redis } from 'ioredis'
import { callsOn } from '../../src/call.ts'
import { type Connection, connectionOn, type RedisClient, type Reply } from '../../src/client.ts'
import type { Definition, KnownDefinition } from '../../src/definition.ts'
import { component } from '../../src/encoding/members.ts'
import type { Message } from '../../src/encoding/message.ts'
import type { Schema } from '../../src/engine.ts'
import { classify } from '../../src/errors.ts'
import { keyspace } from '../../src/keys.ts'
import type { RedisOptions } from '../../src/options.ts'
import { schemaOn } from '../../src/schema.ts'
import { once } from '../../src/scripts/once.ts'
import { rows } from '../../src/scripts/rows.ts'
import { script } from '../../src/scripts/script.ts'

const scope = 'tenant'
const fields = { code: text(), room: text(), from: instant(), till: instant(), state: text() }
const unique = { byCode: ['code'] } as const
const indexes = { byRoom: ['room', 'from'] } as const
const perRoom = { within: ['room'], from: 'from', until: 'till', where: { state: 'on' } } as const

export const OlderVisit = defineEntity({ name: 'visit', scope, fields })
export const NewerVisit = defineEntity({
  name: 'visit',
  scope,
  fields: { ...fields, note: text().nullable() },
  unique,
  indexes,
  noOverlap: { perRoom },
})
export const older: StoredEntity = storedEntity(OlderVisit)
export const newer: StoredEntity = storedEntity(NewerVisit)

/** The place of a row's interval: its hour of an endless day. */
export interface Visit {
  readonly tenant: string
  readonly id: string
  readonly code: string
  readonly room: string
  readonly hour: number
  readonly state: 'on' | 'off'
}

export function at(hour: number): string {
  return new Date(Date.UTC(2030, 0, 1, hour)).toISOString()
}

/** Rows that violate nothing: codes all differ, and one room is taken hour by hour. */
export function visits(count: number): Visit[] {
  return Array.from({ length: count }, (_, index) => ({
    tenant: index % 3 === 0 ? 'a' : 'b',
    id: `id-${String(index).padStart(6, '0')}`,
    code: `code-${index}`,
    room: `room-${index % 7}`,
    hour: index,
    state: index % 5 === 0 ? 'off' : 'on',
  }))
}

export const keys: ReturnType<typeof keyspace> = keyspace('p', null)

/** What a write does to rows, without its plans: it keeps what the stored definition names. */
const writing = script({
  name: 'writing',
  kind: 'writes',
  uses: [rows, once],
  body: `
  local known = answered() or mismatch() or wrongType()
  if known then return known end
  local changes = {}
  for _, given in ipairs(call[3]) do
    changes[#changes + 1] = { entity = entities[1], key = given[1], before = rowAt(entities[1], given[1]), after = given[2] or nil }
  end
  local refused = examine(changes)
  if refused then return { 'ok', refused[1] } end
  apply(changes)
  return remember({ 'ok', 'written' })
  `,
})

export interface Process {
  readonly client: Redis
  readonly connection: Connection
  readonly schema: Schema
  /** How many scripts were run. */
  readonly runs: () => number
  apply(): Promise<void>
  put(...visits: readonly Visit[]): Promise<string>
  remove(visit: Visit): Promise<string>
  stop(): void
}

export interface ProcessOptions extends Pick<RedisOptions, 'allowEviction' | 'durability'> {
  readonly beforeRun?: (script: string) => Promise<void>
}

/** One process with its own client, and all that it knows of definitions. */
export function processOn(url: string, entity: StoredEntity, options: ProcessOptions = {}): Process {
  const client = new Redis(url)
  client.on('error', () => undefined)
  const plain = connectionOn(client as RedisClient)
  let runs = 0
  const connection: Connection = {
    ...plain,
    async run(given, ...rest) {
      runs++
      await options.beforeRun?.(given.name)
      return await plain.run(given, ...rest)
    },
  }
  const schema = schemaOn(connection, keys, options)
  schema.prepare([entity])
  const call = callsOn(connection, keys, schema.definitions, null)
  const write = async (changes: (known: KnownDefinition) => Message[]): Promise<string> => {
    const parts = await call({
      script: writing,
      entities: [entity.name],
      use: 'write',
      keys: [],
      operation: ([known]) => [known ? changes(known) : []],
      deadline: performance.now() + 20_000,
    })
    return String((parts as readonly Reply[])[0])
  }
  return {
    client,
    connection,
    schema,
    runs: () => runs,
    apply: () => schema.apply([entity], context()),
    put: (...visits) => write(({ places }) => visits.map((visit) => [rowKey(visit), rowOf(visit, places)])),
    remove: (visit) => write(() => [[rowKey(visit), false]]),
    stop: () => client.disconnect(),
  }
}

export function context(): { session: null; deadline: number } {
  return { session: null, deadline: performance.now() + 60_000 }
}

function rowKey({ tenant, id }: Pick<Visit, 'tenant' | 'id'>): string {
  return component(tenant) + id
}

function rowOf({ tenant, id, code, room, hour, state }: Visit, places: ReadonlyMap<string, number>): Message[] {
  const values = { tenant, id, code, room, from: at(hour), till: at(hour + 1), state }
  const row: (string | false)[] = ['0', ...[...places].map(() => false as const)]
  for (const [field, value] of Object.entries(values)) row[(places.get(field) ?? 0) - 1] = value
  return row
}

export async function definitionIn(client: Redis): Promise<Definition> {
  return JSON.parse((await client.hget(keys.definition('visit'), 'definition')) ?? 'null') as Definition
}

export async function failureOf(work: Promise<unknown>): Promise<ReturnType<typeof classify>> {
  return await work.then(
    () => null,
    (error: unknown) => classify(error),
  )
}
