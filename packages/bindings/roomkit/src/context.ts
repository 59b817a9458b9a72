import type { Instant, UnitOfWork } from '@portolan/ports'
import type { Refuse } from './errors.ts'
import { type RoomKitRepositories, roomKitRepositories } from './repositories.ts'

/** The same calls, standing alone or inside a transaction. */
export interface Context {
  readonly repositories: RoomKitRepositories
  readonly refuse: Refuse
  now(): Instant
}

export interface Inside extends Context {
  /** Holds what the words name until the transaction ends. Guard keys are one space per storage: these are the tenant's own. */
  guard(...names: readonly (readonly string[])[]): Promise<void>
}

export interface Binding extends Context {
  transaction<R>(work: (inside: Inside) => Promise<R>): Promise<R>
}

export function bindingOf(unit: UnitOfWork, refuse: Refuse, tenantId: string | undefined): Binding {
  const key = (words: readonly string[]): string => JSON.stringify(['roomkit', tenantId ?? null, ...words])
  const now = (): Instant => unit.now()
  return {
    repositories: roomKitRepositories(unit, { tenantId }),
    refuse,
    now,
    transaction: (work) =>
      unit.transaction((tx) =>
        work({
          repositories: roomKitRepositories(tx, { tenantId }),
          refuse,
          now,
          guard: (...names) => tx.guard(...names.map(key)),
        }),
      ),
  }
}
