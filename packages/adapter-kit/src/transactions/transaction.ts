import type { AnyEntity, Transaction } from '@portolan/ports'
import { bindOperations, runWithin } from '../bind-operations.ts'
import type { Core } from '../core.ts'
import { refuse } from '../errors.ts'
import { checkGuardsPossible, sortGuards } from '../guards.ts'
import { createPorts } from '../ports.ts'
import type { Reads } from '../spi/index.ts'
import { noRecord, readRecord } from './read-record.ts'
import { checkUsable, conflict, doom, type TransactionState } from './state.ts'

interface Opening {
  readonly reads: Reads
  readonly attempt: number
  readonly guards: Set<string>
  readonly deadline: number
  readonly hooks: TransactionState['hooks']
  readonly holdsReads: boolean
}

export function openState<Native>(core: Core<Native>, session: unknown, opening: Opening): TransactionState {
  const { holdsReads, ...rest } = opening
  const state: TransactionState = {
    ...rest,
    session,
    ended: false,
    doom: null,
    pending: new Set(),
    record: holdsReads
      ? noRecord
      : readRecord(
          (plan) => bindOperations(core as Core, state).select(plan),
          (entity, id) => conflict(state, `${entity} ${id}`),
        ),
  }
  return state
}

/** What the work is given. */
export function createTransaction<Native>(core: Core<Native>, state: TransactionState): Transaction<Native> {
  const ports = createPorts(core as Core, state)
  const tx: Transaction<Native> = {
    ...ports,
    repository: (entity: AnyEntity, ...scope: readonly unknown[]) => {
      checkUsable(state, `repository of ${entity?.name}`)
      return ports.repository(entity, ...scope) as never
    },
    get native() {
      checkUsable(state, 'native')
      return core.driver.native(state.session)
    },
    transaction: async (work) => {
      checkUsable(state, 'transaction')
      try {
        return await work(tx)
      } catch (error) {
        doom(state, error)
        throw error
      }
    },
    guard: async (...keys) => {
      const sorted = sortGuards(keys, 'guard')
      checkGuardsPossible(core as Core, state.reads, 'guard')
      for (const key of sorted) state.guards.add(key)
      await runWithin(core as Core, state, 'guard', null, 'write', ({ deadline }) =>
        core.driver.guard(sorted, { session: state.session, deadline }),
      )
    },
    afterCommit: (hook) => {
      checkUsable(state, 'afterCommit')
      if (state.hooks === null) {
        refuse(
          'unsupported',
          'afterCommit: in join, hooks need the option afterCommit, which hands them to you to run after your commit',
          {
            what: 'hooksInJoin',
          },
        )
      }
      state.hooks?.push(hook)
    },
  }
  return tx
}
