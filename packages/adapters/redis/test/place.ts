import { isFound, redis } from '@portolan-tooling/test-servers'
import { Redis } from 'ioredis'
import { type Connection, connectionOn, type RedisClient, type Reply } from '../src/client.ts'
import type { Message } from '../src/encoding/message.ts'
import { type Fragment, script } from '../src/scripts/script.ts'

export interface Place {
  readonly url: string
  readonly client: Redis
  readonly connection: Connection
  /** What a body of Lua returns that uses these fragments. */
  lua(uses: readonly Fragment[], body: string, call?: readonly Message[], keys?: readonly string[]): Promise<Reply>
  close(): Promise<void>
}

/** A database of a real server, empty; on a server of its own where a test changes settings. Throws where there is none. */
export async function openPlace({ own = false }: { readonly own?: boolean } = {}): Promise<Place> {
  const server = await (own ? redis({ own: true }) : redis())
  if (!isFound(server)) throw new Error(server.missing)
  const url = await server.createPlace()
  const client = new Redis(url)
  const connection = connectionOn(client as RedisClient)
  return {
    url,
    client,
    connection,
    lua: (uses, body, call = [[false, false], []], keys = []) =>
      connection.run(script({ name: 'test', kind: 'writes', uses, body }), keys, call, performance.now() + 10_000),
    async close() {
      client.disconnect()
      await server.removePlace(url)
      if (own) await server.stop()
    },
  }
}

export function textOf(reply: Reply): string {
  return String(reply)
}
