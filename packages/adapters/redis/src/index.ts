export { IdempotencyRecord, OutboxMessage } from '@portolan/adapter-kit'
export type { RedisClient } from './client.ts'
export type { RedisOptions } from './options.ts'
