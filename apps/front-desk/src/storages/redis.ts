import { redisStorage } from '@portolan/redis'
import { Redis } from 'ioredis'
import { entities } from '../domain/entities.ts'
import { checkThenInsertOnRedis } from './check-then-insert-on-redis.ts'
import type { OpenedStorage } from './storages.ts'

/** Whatever else lives in the database keeps its keys to itself: those of the sample begin with this, in braces or not. */
const prefix = 'front-desk'

/** The client is the application's own: Portolan uses it, and closing it stays our business. */
export function openRedis(url: string, timeoutMs: number): OpenedStorage {
  const client = new Redis(url, { lazyConnect: true, connectionName: 'front-desk', socketTimeout: 3 * timeoutMs })
  let trouble: Error | undefined
  client.on('error', (error: Error) => {
    trouble = error
  })
  const storage = redisStorage(client, { entities, timeoutMs, prefix })
  return {
    name: 'redis',
    title: 'Redis',
    subtitle: '@portolan/redis and ioredis, on the server that the environment names',
    place: placeOf(client),
    storage,
    checkThenInsert: checkThenInsertOnRedis(client, prefix),
    prepare: async () => {
      // A client goes on trying for ever. At the start a person waits, and wants to know why it does not connect.
      await client.connect().catch((error: Error) => {
        throw trouble ?? error
      })
      await storage.schema.apply()
    },
    close: async () => {
      await storage.close()
      client.disconnect()
    },
  }
}

/** Host and number of the database, without who connects and how. */
function placeOf({ options: { host, port, db } }: Redis): string {
  return `Redis at ${host}:${port}/${db}`
}
