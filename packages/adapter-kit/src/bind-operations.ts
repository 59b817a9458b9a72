import type { StorageError } from '@portolan/ports'
import { type Core, checkCallable, report } from './core.ts'
import { fromNative } from './errors.ts'
import type { KeyValueOperations, Operations } from './operations.ts'
import { KeyValueEntry } from './own-ports/own-entities.ts'
import type { CallContext, NativeKeyValue, Phase } from './spi/index.ts'
import { maximumRuns, pause, ranOutOfTime } from './transactions/pause.ts'
import { conflict, type TransactionState, within } from './transactions/state.ts'

/** The driver's operations, bound to a transaction or, with null, each standing alone. */
export function bindOperations(core: Core, state: TransactionState | null): Operations {
  const { driver } = core
  const run = state
    ? <R>(...call: Call<R>) => runWithin(core, state, ...call)
    : <R>(...call: Call<R>) => runAlone(core, ...call)
  const ask = (guards: readonly string[]): void => {
    for (const key of guards) state?.guards.add(key)
  }
  return {
    inTransaction: state !== null,
    select: (plan) => run('select', plan.entity.name, 'read', (context) => driver.select(plan, context)),
    count: (plan) => run('count', plan.entity.name, 'read', (context) => driver.count(plan, context)),
    insert: (plan) => {
      ask(plan.guards)
      return run('insert', plan.entity.name, 'write', (context) => driver.insert(plan, context))
    },
    update: (plan) => {
      ask(plan.guards)
      return run('update', plan.entity.name, 'write', (context) => driver.update(plan, context))
    },
    updateMany: (plan) => run('updateMany', plan.entity.name, 'write', (context) => driver.updateMany(plan, context)),
    delete: (plan) => {
      ask(plan.guards)
      return run('delete', plan.entity.name, 'write', (context) => driver.delete(plan, context))
    },
    deleteMany: (plan) => run('deleteMany', plan.entity.name, 'write', (context) => driver.deleteMany(plan, context)),
    claim: (plan) => run('claim', plan.entity.name, 'write', (context) => driver.claim(plan, context)),
    now: () => run('now', null, 'read', (context) => driver.now(context)),
    keyValue: driver.keyValue ? bindKeyValue(driver.keyValue, run) : null,
  }
}

function bindKeyValue(native: NativeKeyValue, run: <R>(...call: Call<R>) => Promise<R>): KeyValueOperations {
  const { name } = KeyValueEntry
  return {
    getMany: (namespace, keys) => run('get', name, 'read', (context) => native.getMany(namespace, keys, context)),
    set: (plan) => run('set', name, 'write', (context) => native.set(plan, context)),
    delete: (plan) => run('delete', name, 'write', (context) => native.delete(plan, context)),
    deleteMany: (namespace, keys) =>
      run('deleteMany', name, 'write', (context) => native.deleteMany(namespace, keys, context)),
    clear: (namespace) => run('clear', name, 'write', (context) => native.clear(namespace, context)),
    keys: (plan) => run('keys', name, 'read', (context) => native.keys(plan, context)),
    sweep: (limit) => run('sweep', name, 'write', (context) => native.sweep(limit, context)),
  }
}

type Call<R> = [
  operation: string,
  entity: string | null,
  phase: Phase,
  run: (context: CallContext<unknown>) => Promise<R>,
]

function outcomeOf(result: unknown): string {
  const kind = (result as { kind?: unknown } | null)?.kind
  return typeof kind === 'string' ? kind : 'ok'
}

function inWords(operation: string, entity: string | null): string {
  return entity === null ? operation : `${operation} on ${entity}`
}

/** Repeats conflicts, which are known not applied, until the deadline. */
export async function runAlone<R>(core: Core, ...[operation, entity, phase, run]: Call<R>): Promise<R> {
  const what = inWords(operation, entity)
  checkCallable(core, what)
  const began = performance.now()
  const deadline = began + core.timeoutMs
  let conflict: StorageError | null = null
  for (let attempts = 1; ; attempts++) {
    const told = (outcome: string): void =>
      report(core, {
        operation,
        entity,
        inTransaction: false,
        durationMs: performance.now() - began,
        attempts,
        outcome,
      })
    try {
      const result = await run({ session: null, deadline })
      told(outcomeOf(result))
      return result
    } catch (native) {
      const met = fromNative(native, driverClassify(core), { what, entity: entity ?? '', phase, attempts })
      const error: StorageError = conflict && ranOutOfTime(met, deadline) ? conflict : met
      const again = error.code === 'transaction-conflict' && attempts < maximumRuns
      if (!again || !(await pause(attempts, deadline))) {
        told(error.code)
        throw error
      }
      conflict = error
    }
  }
}

export function runWithin<R>(
  core: Core,
  state: TransactionState,
  ...[operation, entity, phase, run]: Call<R>
): Promise<R> {
  const what = inWords(operation, entity)
  return within(state, what, async () => {
    const began = performance.now()
    const told = (outcome: string): void =>
      report(core, {
        operation,
        entity,
        inTransaction: true,
        durationMs: performance.now() - began,
        attempts: 1,
        outcome,
      })
    try {
      const result = await run({ session: state.session, deadline: state.deadline })
      const outcome = outcomeOf(result)
      told(outcome)
      if (outcome === 'changed') conflict(state, `A row of ${entity}`)
      return result
    } catch (native) {
      const error = fromNative(native, driverClassify(core), {
        what,
        entity: entity ?? '',
        phase,
        attempts: state.attempt,
      })
      if (error !== native) told(error.code)
      throw error
    }
  })
}

function driverClassify(core: Core): Core['driver']['classify'] {
  return (error, phase) => core.driver.classify(error, phase)
}
