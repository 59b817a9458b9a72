import { KeyValueEntry, type NativeKeyValue, storedEntity } from '@portolan/adapter-kit'
import { callsOn } from '../../src/call.ts'
import type { Connection } from '../../src/client.ts'
import type { Engine, Session } from '../../src/engine.ts'
import { keyValueOn } from '../../src/key-value/native.ts'
import { keyspace } from '../../src/keys.ts'
import { schemaOn } from '../../src/schema.ts'

export const outside = (timeoutMs = 10_000): { session: null; deadline: number } => ({
  session: null,
  deadline: performance.now() + timeoutMs,
})

export const keys = keyspace('kv', null)

export interface Opened {
  readonly engine: Engine
  readonly keyValue: NativeKeyValue<Session>
  apply(): Promise<void>
}

/** The key-value of a storage, without the kit. */
export function openKeyValue(connection: Connection, clock: (() => number) | null = null): Opened {
  const entities = [storedEntity(KeyValueEntry)]
  const { definitions, prepare, apply } = schemaOn(connection, keys, {})
  prepare(entities)
  const call = callsOn(connection, keys, definitions, clock)
  const engine: Engine = { connection, keyspace: keys, definitions, scanBound: 10_000, clock, call }
  return { engine, keyValue: keyValueOn(engine), apply: () => apply(entities, outside()) }
}
