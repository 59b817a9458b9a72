import type { AnyEntity, IdempotencyStore, KeyValueStore, Outbox, Ports } from '@portolan/ports'
import { bindOperations } from './bind-operations.ts'
import type { Core } from './core.ts'
import { type Model, modelOf } from './entities/model.ts'
import { refuse } from './errors.ts'
import { checkGuardsPossible } from './guards.ts'
import { idempotencyStore } from './own-ports/idempotency.ts'
import { keyValueStore } from './own-ports/key-value.ts'
import { outbox } from './own-ports/outbox.ts'
import { IdempotencyRecord, KeyValueEntry, OutboxMessage } from './own-ports/own-entities.ts'
import { createRepository } from './repository/repository.ts'
import { scopeOf } from './scope.ts'
import { noRecord } from './transactions/read-record.ts'
import { type TransactionState, tracked } from './transactions/state.ts'

/** The ports as methods that take any entity: typed for users by Storage and Transaction. */
export interface UntypedPorts extends Omit<Ports, 'repository' | 'outbox'> {
  repository(entity: AnyEntity, ...scope: readonly unknown[]): object
  outbox(topic?: string): Outbox
  keyValue(namespace: string): KeyValueStore
  idempotency(): IdempotencyStore
}

function registered(core: Core, entity: AnyEntity): Model {
  const model = core.models.get(entity?.name)
  if (!model)
    refuse(
      'misuse',
      `${entity?.name} is not among the entities that this storage was made with; add it to entities`,
      {},
    )
  const given = modelOf(entity)
  if (given !== model && JSON.stringify(given.stored) !== JSON.stringify(model.stored)) {
    refuse(
      'misuse',
      `${entity.name} is defined differently from the entity of that name that this storage was made with`,
      {},
    )
  }
  return given
}

function checkPort(core: Core, port: string, entity: AnyEntity): void {
  if (!core.models.has(entity.name))
    refuse('misuse', `${port}: this storage was made without it (option "without")`, {})
}

/** The ports bound to a transaction or, with null, each call standing alone. */
export function createPorts(core: Core, state: TransactionState | null): UntypedPorts {
  const operations = bindOperations(core, state)
  const record = state?.record ?? noRecord
  const { generateId, callerNow } = core
  const { capabilities, name: adapter } = core.driver
  const checkGuards = (call: string): void => checkGuardsPossible(core, state?.reads ?? 'latest', call)
  const whole = <P extends object>(port: P): P => (state === null ? port : tracked(state, port))
  return {
    repository: (entity, ...given) => {
      const model = registered(core, entity)
      const scope = scopeOf(model, given)
      const context = { model, scope, operations, record, capabilities, adapter, generateId, callerNow, checkGuards }
      return whole(createRepository(context))
    },
    keyValue: (namespace) => {
      checkPort(core, 'keyValue', KeyValueEntry)
      return whole(keyValueStore({ operations, namespace, record, capabilities }))
    },
    outbox: (topic) => {
      checkPort(core, 'outbox', OutboxMessage)
      const full = outbox({ operations, topic: topic ?? null, generateId, capabilities })
      if (state === null) return full
      const { enqueue, acknowledge, requeue } = full
      return whole({ enqueue, acknowledge, requeue }) as Outbox
    },
    idempotency: () => {
      checkPort(core, 'idempotency', IdempotencyRecord)
      return whole(idempotencyStore({ operations, capabilities }))
    },
    now: callerNow,
  }
}
