import type { Capabilities } from '@portolan/ports'
import type { Model } from '../entities/model.ts'
import type { Operations } from '../operations.ts'
import type { ReadRecord } from '../transactions/read-record.ts'

/** What the methods of one repository share: one entity, in one scope, in a transaction or in none. */
export interface RepositoryContext {
  readonly model: Model
  readonly scope: string | null
  readonly operations: Operations
  readonly record: ReadRecord
  readonly capabilities: Capabilities
  readonly adapter: string
  readonly generateId: () => string
  readonly callerNow: () => string
  /** Refuses guards where this kind of transaction has none. */
  readonly checkGuards: (call: string) => void
}
