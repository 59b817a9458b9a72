import { type StoredEntity, type StoredRow, storedEntity } from '@portolan/adapter-kit'
import type { AnyEntity } from '@portolan/ports'
import { Redis } from 'ioredis'
import { callsOn } from '../src/call.ts'
import { defaultScanBound } from '../src/capabilities.ts'
import { connectionOn, type RedisClient } from '../src/client.ts'
import { rowOf } from '../src/encoding/rows.ts'
import type { Engine, Writes } from '../src/engine.ts'
import { keyspace } from '../src/keys.ts'
import { schemaOn } from '../src/schema.ts'
import { writesOn } from '../src/writes.ts'

/** Lone writes on a database of a test, with what a driver would put around them. */
export interface Client {
  readonly redis: Redis
  readonly engine: Engine
  readonly writes: Writes
  apply(): Promise<void>
  /** All rows of an entity, as they are stored. */
  rows(entity: StoredEntity): Promise<StoredRow[]>
  close(): void
}

export interface ClientOptions {
  readonly url: string
  readonly entities: readonly AnyEntity[]
  readonly clock?: () => number
  readonly scanBound?: number
}

export function openClient({ url, entities, clock, scanBound = defaultScanBound }: ClientOptions): Client {
  const redis = new Redis(url, { retryStrategy: (times) => Math.min(times * 20, 200) })
  redis.on('error', () => undefined)
  const connection = connectionOn(redis as RedisClient)
  const keys = keyspace('portolan', null)
  const schema = schemaOn(connection, keys, {})
  schema.prepare(entities.map(storedEntity))
  const { definitions } = schema
  const engine: Engine = {
    connection,
    keyspace: keys,
    definitions,
    scanBound,
    clock: clock ?? null,
    call: callsOn(connection, keys, definitions, clock ?? null),
  }
  return {
    redis,
    engine,
    writes: writesOn(engine),
    apply: () => schema.apply(entities.map(storedEntity), { session: null, deadline: soon() }),
    async rows(entity) {
      const [known] = await definitions.of([entity.name], 'read', soon())
      if (!known) throw new Error('not applied')
      const [, rows = ''] = keys.entity(known.definition)
      const blobs = Object.values(await redis.hgetallBuffer(rows))
      return blobs.map((blob) => rowOf(known, blob, Object.keys(entity.fields)))
    },
    close: () => redis.disconnect(),
  }
}

export function soon(): number {
  return performance.now() + 10_000
}
