import type { IdempotencyStore, KeyValueStore, Outbox, Storage, Transaction } from '@portolan/ports'

/** What stands in for some ports of a storage, and of its transactions. */
export interface PortChanges {
  keyValue?(store: KeyValueStore, namespace: string): Partial<KeyValueStore>
  /** Inside a transaction only some of the methods are there. */
  outbox?(outbox: Outbox): Partial<Outbox>
  idempotency?(store: IdempotencyStore): Partial<IdempotencyStore>
}

type Ports = Pick<Storage<unknown>, 'keyValue' | 'outbox' | 'idempotency'>

function changed(ports: Ports, changes: PortChanges): Ports {
  return {
    keyValue(namespace) {
      const store = ports.keyValue(namespace)
      return { ...store, ...changes.keyValue?.(store, namespace) }
    },
    outbox(topic) {
      const outbox = ports.outbox(topic)
      return { ...outbox, ...changes.outbox?.(outbox) }
    },
    idempotency() {
      const store = ports.idempotency()
      return { ...store, ...changes.idempotency?.(store) }
    },
  }
}

/** The transaction with some members replaced; getters are kept as such. */
export function transactionWith(
  tx: Transaction<unknown>,
  changes: Partial<Transaction<unknown>>,
): Transaction<unknown> {
  const properties = Object.getOwnPropertyDescriptors(tx)
  return Object.defineProperties({}, { ...properties, ...Object.getOwnPropertyDescriptors(changes) }) as typeof tx
}

/** The storage with some methods of its ports replaced, outside and, unless told otherwise, inside transactions. */
export function portsWith(storage: Storage<unknown>, changes: PortChanges, inside = true): Storage<unknown> {
  const wrap = (tx: Transaction<unknown>): Transaction<unknown> =>
    transactionWith(tx, {
      ...(changed(tx as unknown as Ports, changes) as Partial<Transaction<unknown>>),
      transaction: (work) => tx.transaction((inner) => work(wrap(inner))),
    })
  return {
    ...storage,
    ...changed(storage, changes),
    ...(inside && {
      transaction: (work, options) => storage.transaction((tx) => work(wrap(tx)), options),
      join: (native, work, options) => storage.join(native, (tx) => work(wrap(tx)), options),
    }),
  }
}

/** The storage whose transactions run another work than the one that they were given. */
export function worksWith(
  storage: Storage<unknown>,
  change: (tx: Transaction<unknown>) => Partial<Transaction<unknown>>,
): Storage<unknown> {
  const wrap = (tx: Transaction<unknown>): Transaction<unknown> =>
    transactionWith(tx, { transaction: (work) => tx.transaction((inner) => work(wrap(inner))), ...change(tx) })
  return {
    ...storage,
    transaction: (work, options) => storage.transaction((tx) => work(wrap(tx)), options),
    join: (native, work, options) => storage.join(native, (tx) => work(wrap(tx)), options),
  }
}
