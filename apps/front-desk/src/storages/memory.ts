import { memoryStorage } from '@portolan/memory'
import { entities } from '../domain/entities.ts'
import { checkThenInsertInMemory } from './check-then-insert-in-memory.ts'
import type { OpenedStorage } from './storages.ts'

/** Forgets everything at the end of the process. */
export function openMemory(timeoutMs: number): OpenedStorage {
  const storage = memoryStorage({ entities, timeoutMs })
  const usual = checkThenInsertInMemory()
  return {
    name: 'memory',
    title: 'Memory',
    subtitle: '@portolan/memory, gone when the process ends',
    place: 'memory',
    storage,
    checkThenInsert: usual,
    prepare: () => storage.schema.apply(),
    close: () => storage.close(),
  }
}
