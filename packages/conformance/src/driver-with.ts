import type { CallContext, NativeKeyValue, Predicate, SelectPlan, StoredEntity, StoredRow } from '@portolan/adapter-kit'
import type { Storage } from '@portolan/ports'
import type { AnyDriver } from './broken-driver.ts'

export type Context = CallContext<unknown>

/** The driver with some of its members replaced, whether it is an object of functions or an instance of a class. */
export function driverWith(driver: AnyDriver, changes: Partial<AnyDriver>): AnyDriver {
  return {
    name: driver.name,
    spi: driver.spi,
    capabilities: driver.capabilities,
    supports: driver.supports,
    holdsReads: driver.holdsReads,
    prepare: (entities) => driver.prepare(entities),
    select: (plan, context) => driver.select(plan, context),
    count: (plan, context) => driver.count(plan, context),
    insert: (plan, context) => driver.insert(plan, context),
    update: (plan, context) => driver.update(plan, context),
    updateMany: (plan, context) => driver.updateMany(plan, context),
    delete: (plan, context) => driver.delete(plan, context),
    deleteMany: (plan, context) => driver.deleteMany(plan, context),
    claim: (plan, context) => driver.claim(plan, context),
    keyValue: driver.keyValue,
    guard: (keys, context) => driver.guard(keys, context),
    transaction: (work, options) => driver.transaction(work, options),
    join: (native, work, options) => driver.join(native, work, options),
    native: (session) => driver.native(session),
    now: (context) => driver.now(context),
    probe: (context) => driver.probe(context),
    schema: driver.schema,
    classify: (error, phase) => driver.classify(error, phase),
    close: () => driver.close(),
    ...changes,
  }
}

/** For `driverWith`: key-value as the driver has it by nature with some calls replaced; nothing where entries are rows. */
export function nativeWith(
  { keyValue }: AnyDriver,
  change: (native: NativeKeyValue) => Partial<NativeKeyValue>,
): Pick<AnyDriver, 'keyValue'> {
  if (!keyValue) return {}
  const bound: NativeKeyValue = {
    getMany: (namespace, keys, context) => keyValue.getMany(namespace, keys, context),
    set: (plan, context) => keyValue.set(plan, context),
    delete: (plan, context) => keyValue.delete(plan, context),
    deleteMany: (namespace, keys, context) => keyValue.deleteMany(namespace, keys, context),
    clear: (namespace, context) => keyValue.clear(namespace, context),
    keys: (plan, context) => keyValue.keys(plan, context),
    sweep: (limit, context) => keyValue.sweep(limit, context),
  }
  return { keyValue: { ...bound, ...change(bound) } }
}

/** Whether an entity is one that the kit keeps for its own ports: most broken drivers leave those alone. */
export function isOwn({ name }: Pick<StoredEntity, 'name'>): boolean {
  return name.startsWith('portolan_')
}

interface Place {
  readonly entity: StoredEntity
  readonly scope: string | null
}

/** Whole rows that match, by id ascending. */
export function rowsWhere(driver: AnyDriver, place: Place, where: Predicate, context: Context): Promise<StoredRow[]> {
  const plan: SelectPlan = {
    entity: place.entity,
    scope: place.scope,
    where,
    order: [{ field: 'id', direction: 'asc', nullable: false }],
    after: null,
    limit: null,
    offset: 0,
    fields: Object.keys(place.entity.fields),
    lock: false,
  }
  return driver.select(plan, context)
}

export async function rowById(
  driver: AnyDriver,
  place: Place,
  id: string,
  context: Context,
): Promise<StoredRow | null> {
  return (await rowsWhere(driver, place, { op: 'eq', field: 'id', value: id }, context))[0] ?? null
}

type Methods = Record<string, (...given: never[]) => unknown>

/** How a repository was opened, and the way to open another one beside it, in the same transaction or in none. */
export interface Opened {
  readonly entity: { readonly name: string }
  readonly scope: unknown
  open(entity: unknown, scope: unknown): Methods
}

/** The storage with some methods of every repository replaced, outside and inside transactions. */
export function repositoriesWith(
  storage: Storage<unknown>,
  change: (repository: Methods, opened: Opened) => Methods,
): Storage<unknown> {
  const ports = (original: object): object => {
    const methods = original as Methods
    return {
      ...methods,
      repository(entity: never, ...scope: never[]) {
        const open = (...given: unknown[]) => methods.repository?.(...(given as never[])) as Methods
        const repository = open(entity, ...scope)
        return { ...repository, ...change(repository, { entity, scope: scope[0], open }) }
      },
      transaction: (work: (tx: object) => unknown, ...options: never[]) =>
        methods.transaction?.(((tx: object) => work(ports(tx))) as never, ...options),
    }
  }
  return ports(storage) as unknown as Storage<unknown>
}
