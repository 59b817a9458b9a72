import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Desk } from '../desk.ts'
import { openMemory } from './memory.ts'
import { openPostgres } from './postgres.ts'
import { openRedis } from './redis.ts'
import { openSqlite } from './sqlite.ts'

export interface OpenedStorage extends Omit<Desk, 'deliveries'> {
  /** Where its data is, for a person who has to look there. Never a password. */
  readonly place: string
  /** Makes the tables that are missing. */
  prepare(): Promise<void>
  close(): Promise<void>
}

export interface StoragesOptions {
  /** Made when it is missing. */
  readonly folder: string
  readonly timeoutMs: number
  /** Without it there is no desk on Postgres. */
  readonly postgresUrl?: string | undefined
  /** Without it there is no desk on Redis. */
  readonly redisUrl?: string | undefined
}

/** Every adapter that the front desk runs on, each with its own data. The only folder that knows adapters is this one. */
export function openStorages({ folder, timeoutMs, postgresUrl, redisUrl }: StoragesOptions): OpenedStorage[] {
  mkdirSync(folder, { recursive: true })
  return [
    openMemory(timeoutMs),
    openSqlite(join(folder, 'front-desk.sqlite'), timeoutMs),
    ...(postgresUrl ? [openPostgres(postgresUrl, timeoutMs)] : []),
    ...(redisUrl ? [openRedis(redisUrl, timeoutMs)] : []),
  ]
}
