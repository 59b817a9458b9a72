import {
  always,
  type CallContext,
  type DeletePlan,
  type Driver,
  type InsertPlan,
  type Reads,
  type SelectPlan,
  type StoredRow,
  type UpdateManyPlan,
  type UpdatePlan,
} from '@portolan/adapter-kit'
import { type MemoryDatabase, type MemorySession, memoryDriver } from '../src/index.ts'
import { Visit, visit } from './entities.ts'

export type MemoryDriver = Driver<never, MemorySession>

export function openDriver(database: MemoryDatabase, schedule?: () => Promise<void>): MemoryDriver {
  const driver = memoryDriver({ entities: [Visit], database, schedule })
  driver.prepare([visit])
  return driver
}

export function alone(milliseconds = 5_000): CallContext<MemorySession> {
  return { session: null, deadline: performance.now() + milliseconds }
}

export function inside(session: MemorySession, milliseconds = 5_000): { session: MemorySession; deadline: number } {
  return { session, deadline: performance.now() + milliseconds }
}

const place = { entity: visit, scope: 'one' }
const byId = [{ field: 'id', direction: 'asc', nullable: false }] as const

export function selectPlan(more: Partial<SelectPlan> = {}): SelectPlan {
  const fields = Object.keys(visit.fields)
  return { ...place, where: always, order: byId, after: null, limit: null, offset: 0, fields, lock: false, ...more }
}

export function insertPlan(rows: readonly StoredRow[], more: Partial<InsertPlan> = {}): InsertPlan {
  return { ...place, rows, onDuplicate: { kind: 'report' }, unless: null, guards: [], ...more }
}

export function updatePlan(id: string, set: UpdatePlan['set'], more: Partial<UpdatePlan> = {}): UpdatePlan {
  const open = { require: null, version: null, where: null, expect: null, unless: null, guards: [] }
  return { ...place, id, set: { ...set, version: { increment: 1 } }, ...open, ...more }
}

export function updateManyPlan(set: UpdateManyPlan['set'], more: Partial<UpdateManyPlan> = {}): UpdateManyPlan {
  return { ...place, where: always, set: { ...set, version: { increment: 1 } }, returning: 'ids', ...more }
}

export function deletePlan(id: string, more: Partial<DeletePlan> = {}): DeletePlan {
  return { ...place, id, version: null, where: null, expect: null, unless: null, guards: [], ...more }
}

/** A transaction whose calls a test makes one by one. */
export interface OpenTransaction {
  readonly session: MemorySession
  /** 'committed', 'rolled back', or the code that ended it. */
  end(how: 'commit' | 'roll back'): Promise<string>
}

export function openTransaction(driver: MemoryDriver, reads: Reads, guards: string[] = []): Promise<OpenTransaction> {
  const rollback = new Error('rolled back')
  return new Promise((opened, failed) => {
    let finish = (_how: 'commit' | 'roll back'): void => {}
    const finished = new Promise<'commit' | 'roll back'>((resolve) => {
      finish = resolve
    })
    const ended = driver
      .transaction(
        async (session) => {
          opened({
            session,
            end: (how) => {
              finish(how)
              return ended
            },
          })
          if ((await finished) === 'roll back') throw rollback
        },
        { reads, guards, deadline: performance.now() + 5_000 },
      )
      .then(
        () => 'committed',
        (error: unknown) => (error === rollback ? 'rolled back' : codeOf(driver, error)),
      )
    ended.then(failed)
  })
}

export function codeOf(driver: MemoryDriver, error: unknown): string {
  return driver.classify(error, 'write')?.code ?? String(error)
}

/** The outcome of a call, or the code of its failure. */
export function settled<R>(driver: MemoryDriver, call: Promise<R>): Promise<R | string> {
  return call.catch((error: unknown) => codeOf(driver, error))
}
