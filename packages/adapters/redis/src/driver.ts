import {
  type BufferedSession,
  type BufferedStore,
  bufferedDriver,
  type Driver,
  type StoredEntity,
  storeClockAt,
} from '@portolan/adapter-kit'
import { callsOn } from './call.ts'
import { capabilities, defaultScanBound } from './capabilities.ts'
import { checkClient, connectionOn, type RedisClient, type Reply } from './client.ts'
import { entityOf, type KnownDefinition, ready } from './definition.ts'
import type { Engine, Session } from './engine.ts'
import { classify } from './errors.ts'
import { guardsOn } from './guards.ts'
import { keyValueOn } from './key-value/native.ts'
import { keyspace } from './keys.ts'
import type { RedisOptions } from './options.ts'
import { withOwnIndexes } from './own-indexes.ts'
import { readsOn } from './reads.ts'
import { schemaOn } from './schema.ts'
import { transactionsOn } from './transactions.ts'
import { writesOn } from './writes.ts'

const wholes = new WeakMap<RedisClient, Map<string, object>>()

/** One for all partitions under one prefix of one client. */
function wholeOf(client: RedisClient, prefix: string): object {
  const known = wholes.get(client) ?? new Map<string, object>()
  wholes.set(client, known)
  const whole = known.get(prefix) ?? {}
  known.set(prefix, whole)
  return whole
}

export type RedisSession = BufferedSession<Session>

/** The driver behind `redisStorage`, for those who put something between the two. No I/O before its first call. */
export function redisDriver(client: RedisClient, options: RedisOptions): Driver<never, RedisSession> {
  checkClient(client)
  const { prefix = 'portolan', partition = null, clock = null, scanBound = defaultScanBound } = options
  const keys = keyspace(prefix, partition)
  const connection = connectionOn(client)
  const schema = schemaOn(connection, keys, options)
  const { definitions } = schema
  const call = callsOn(connection, keys, definitions, clock)
  const engine: Engine = { connection, keyspace: keys, definitions, scanBound, clock, call }
  const reads = readsOn(engine)
  const kept = new WeakMap<KnownDefinition, StoredEntity>()

  const store: BufferedStore<Session> = {
    name: 'redis',
    spi: 1,
    capabilities: capabilities(options),
    supports: [],
    partOf: partition === null ? undefined : wholeOf(client, prefix),
    prepare: schema.prepare,
    select: (plan, { deadline }) => reads.select(plan, deadline),
    count: (plan, { deadline }) => reads.count(plan, deadline),
    ...writesOn(engine),
    async keeps({ name }, deadline) {
      const [known] = await definitions.of([name], 'write', deadline)
      const entity = (known && kept.get(known)) ?? entityOf(ready((known as KnownDefinition).definition))
      kept.set(known as KnownDefinition, entity)
      return entity
    },
    ...transactionsOn(engine, reads, guardsOn(engine)),
    keyValue: keyValueOn(engine),
    async now({ deadline }) {
      if (clock) return storeClockAt(clock())(0)
      const [seconds, microseconds] = (await connection.read('time', [], deadline)) as readonly Reply[]
      return storeClockAt(Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000))(0)
    },
    probe: schema.probe,
    schema: {
      statements: () => [],
      apply: (entities, context) => schema.apply(entities.map(withOwnIndexes), context),
      verify: (entities, context) => schema.verify(entities.map(withOwnIndexes), context),
    },
    classify,
    // The client is the user's, and so is the end of it.
    close: async () => {},
  }
  return bufferedDriver(store)
}
