import type { Failure } from '@portolan/adapter-kit'

/** What this database throws carries its own classification. */
interface MemoryFailure extends Error {
  readonly failure: Failure
}

export function failure(code: Failure['code'], message: string): MemoryFailure {
  return Object.assign(new Error(message), { name: 'MemoryFailure', failure: { code, message } })
}

export function conflict(message: string): MemoryFailure {
  return failure('transaction-conflict', message)
}

export function rowConflict(entity: string, id: string): MemoryFailure {
  return conflict(`${entity} ${id} was changed by another commit in the meantime; nothing was written, begin again`)
}

/** null for everything else: there is no client underneath whose errors could be known. */
export function classify(error: unknown): Failure | null {
  return (error as Partial<MemoryFailure> | null | undefined)?.failure ?? null
}
