import { createStorage } from '@portolan/adapter-kit'
import type { Storage } from '@portolan/ports'
import type { RedisClient } from './client.ts'
import { redisDriver } from './driver.ts'
import type { RedisOptions } from './options.ts'

export { IdempotencyRecord, KeyValueEntry, OutboxMessage } from '@portolan/adapter-kit'
export type { RedisClient } from './client.ts'
export { type RedisSession, redisDriver } from './driver.ts'
export type { RedisOptions } from './options.ts'

/**
 * A storage on Redis 7, through a Redis or Cluster of ioredis, which stays the caller's: `close` ends nothing of it. All of it lies in
 * one slot. What cannot work is refused here; the server is first asked by the first call.
 */
export function redisStorage(client: RedisClient, options: RedisOptions): Storage {
  return createStorage(redisDriver(client, options), options)
}
