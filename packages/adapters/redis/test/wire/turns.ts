import { startProxy } from '@portolan/conformance'
import type { AnyEntity, Storage } from '@portolan/ports'
import { Redis } from 'ioredis'
import { expect } from 'vitest'
import { type RedisClient, redisStorage } from '../../src/index.ts'
import { openPlace, type Place } from '../place.ts'

/** Round trips by name of what is done, each with the work that costs them. */
export type Calls = Readonly<Record<string, readonly [turns: number, call: () => Promise<unknown>]>>

export interface Wire {
  readonly place: Place
  readonly storage: Storage
  /** Does all of it in order, and compares what was seen on the wire. */
  expectTurns(calls: Calls): Promise<void>
  close(): Promise<void>
}

/** A storage whose every request is counted between client and server. */
export async function openWire(entities: readonly AnyEntity[]): Promise<Wire> {
  const place = await openPlace()
  const url = new URL(place.url)
  const proxy = await startProxy({ host: url.hostname, port: Number(url.port) })
  url.host = `${proxy.host}:${proxy.port}`
  const client = new Redis(url.href)
  const storage = redisStorage(client as RedisClient, { entities })
  await storage.schema.apply()
  return {
    place,
    storage,
    async expectTurns(calls) {
      const seen: Record<string, number> = {}
      for (const [name, [, call]] of Object.entries(calls)) {
        const before = proxy.turns()
        await call()
        seen[name] = proxy.turns() - before
      }
      expect(seen).toEqual(Object.fromEntries(Object.entries(calls).map(([name, [turns]]) => [name, turns])))
    },
    async close() {
      client.disconnect()
      await proxy.close()
      await place.close()
    },
  }
}
