import { randomUUID } from 'node:crypto'
import { type Scalar, type StoredRow, storedEntity } from '@portolan/adapter-kit'
import type { AnyEntity } from '@portolan/ports'
import { callsOn } from '../../src/call.ts'
import { type Definition, definitionOf, type KnownDefinition, placesOf } from '../../src/definition.ts'
import { component, components, rowKey } from '../../src/encoding/members.ts'
import { encodeMessage } from '../../src/encoding/message.ts'
import { encodeValue, type StoredText } from '../../src/encoding/values.ts'
import type { Engine, Reads } from '../../src/engine.ts'
import { keyspace } from '../../src/keys.ts'
import { readsOn } from '../../src/reads.ts'
import { openPlace, type Place } from '../place.ts'

/** An entity in a place of its own, whose rows are put there without any script. */
export interface Shelf {
  readonly place: Place
  readonly known: KnownDefinition
  readonly engine: Engine
  readonly reads: Reads
  readonly keys: readonly string[]
  put(rows: readonly StoredRow[], scope?: string | null): Promise<void>
  /** What the server was asked while this ran, and how many rows scripts fetched. On a server of its own: MONITOR tells of all. */
  watch<R>(work: () => Promise<R>): Promise<{ readonly answer: R; readonly turns: number; readonly rows: number }>
  close(): Promise<void>
}

export async function shelfOf(
  entity: AnyEntity,
  {
    scanBound = 10_000,
    clock = null as (() => number) | null,
    own = false,
    definition = definitionOf(storedEntity(entity)),
  } = {},
): Promise<Shelf> {
  const place = await openPlace({ own })
  const names = keyspace('p', null)
  const known: KnownDefinition = { revision: 'one', definition, places: placesOf(definition) }
  const keys = names.entity(definition)
  await place.client.hset(names.definition(definition.name), { revision: 'one', definition: '{}', writes: '1' })
  const definitions = { of: async () => [known], learn: () => undefined }
  const engine = {
    connection: place.connection,
    keyspace: names,
    definitions,
    scanBound,
    clock,
    call: callsOn(place.connection, names, definitions, clock),
  } as Engine
  return {
    place,
    known,
    engine,
    reads: readsOn(engine),
    keys,
    put: (rows, scope = null) => put(place, definition, keys, rows, scope),
    watch: (work) => watched(place, keys[1] ?? '', work),
    close: () => place.close(),
  }
}

async function put(
  { client }: Place,
  { fields, indexes, unique }: Definition,
  [, rowsKey = '', ...others]: readonly string[],
  rows: readonly StoredRow[],
  scope: string | null,
): Promise<void> {
  const first = scope === null ? '' : component(scope)
  const pipeline = client.pipeline()
  for (const row of rows) {
    const value = (name: string): StoredText =>
      encodeValue(fields.find((field) => field.name === name)?.kind ?? 'text', row[name] as Scalar)
    const key = rowKey(scope, String(row.id))
    pipeline.hset(rowsKey, key, encodeMessage([randomUUID(), ...fields.map(({ name }) => value(name))]))
    const lists = [[], ...indexes.map((index) => index.fields)]
    for (const [number, list] of lists.entries())
      pipeline.zadd(others[number] ?? '', 0, first + components([...list, 'id'].map(value)))
    for (const [number, { fields: parts }] of unique.entries()) {
      const values = parts.map(value)
      if (!values.includes(false)) pipeline.hset(others[lists.length + number] ?? '', first + components(values), key)
    }
  }
  await pipeline.exec()
}

async function watched<R>({ client }: Place, rowsKey: string, work: () => Promise<R>) {
  const monitor = await client.monitor()
  const seen: { readonly command: readonly string[]; readonly inScript: boolean }[] = []
  const database = String(client.options.db)
  const marker = randomUUID()
  const marked = new Promise<void>((resolve) => {
    monitor.on('monitor', (_: string, command: string[], source: string, db: string) => {
      if (command[1] === marker) resolve()
      else if (db === database) seen.push({ command, inScript: source === 'lua' })
    })
  })
  try {
    const answer = await work()
    await client.echo(marker)
    await marked
    const fetching = seen.filter(({ command }) => /^h(m)?get$/i.test(command[0] ?? '') && command[1] === rowsKey)
    return {
      answer,
      turns: seen.filter(({ inScript }) => !inScript).length,
      rows: fetching.reduce((sum, { command }) => sum + command.length - 2, 0),
    }
  } finally {
    monitor.disconnect()
  }
}
