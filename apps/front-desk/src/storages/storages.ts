import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Desk } from '../desk.ts'
import { openMemory } from './memory.ts'
import { openSqlite } from './sqlite.ts'

export interface OpenedStorage extends Omit<Desk, 'deliveries'> {
  /** Where its data is, for a person who has to look there. */
  readonly place: string
  close(): Promise<void>
}

export interface StoragesOptions {
  /** Made when it is missing. */
  readonly folder: string
  readonly timeoutMs: number
}

/** Every adapter that the front desk runs on, each with its own data. The only folder that knows adapters is this one. */
export function openStorages({ folder, timeoutMs }: StoragesOptions): OpenedStorage[] {
  mkdirSync(folder, { recursive: true })
  return [openMemory(timeoutMs), openSqlite(join(folder, 'front-desk.sqlite'), timeoutMs)]
}
