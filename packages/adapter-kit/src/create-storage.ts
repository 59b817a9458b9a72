import type { AnyEntity, SchemaProblem, Storage } from '@portolan/ports'
import { bindOperations, runAlone } from './bind-operations.ts'
import { type Core, checkCallable, type OperationEvent } from './core.ts'
import { type Model, modelOf } from './entities/model.ts'
import { refuse } from './errors.ts'
import { IdempotencyRecord, KeyValueEntry, OutboxMessage } from './own-ports/own-entities.ts'
import { sweep } from './own-ports/sweep.ts'
import { createPorts } from './ports.ts'
import { checkLimit, checkOptions } from './queries/limits.ts'
import type { Driver } from './spi/index.ts'
import { runJoined } from './transactions/join.ts'
import { runTransaction } from './transactions/run.ts'
import { toInstant } from './values/instant.ts'
import { uuidVersion7 } from './values/uuid.ts'

/** What every adapter's options have in common. */
export interface StorageOptions {
  /** Every entity that the storage shall keep. */
  readonly entities: readonly AnyEntity[]
  /** For a transaction with all its runs, or a single operation with its repetitions, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number | undefined
  /** Default: UUID version 7, which sorts by time of making. */
  readonly generateId?: (() => string) | undefined
  /** What `now()`, createdAt and updatedAt say, in epoch milliseconds. Default: Date.now. Decides nothing else. */
  readonly callerClock?: (() => number) | undefined
  /** Ports that are not used: their tables are neither created nor verified, and the ports refuse with `misuse`. */
  readonly without?: readonly OwnPort[] | undefined
  /** Told of each call of the driver: names and durations, never values. What it throws is ignored. */
  readonly onOperation?: ((event: OperationEvent) => void) | undefined
}

export type OwnPort = 'keyValue' | 'outbox' | 'idempotency'

const ownEntities: Record<OwnPort, AnyEntity> = {
  keyValue: KeyValueEntry,
  outbox: OutboxMessage,
  idempotency: IdempotencyRecord,
}

/** The models of all entities of a storage: the user's own and those of the ports in use. */
export function compileEntities(entities: readonly AnyEntity[], without: readonly OwnPort[] = []): Map<string, Model> {
  const own = Object.entries(ownEntities).filter(([port]) => !without.includes(port as OwnPort))
  const models = new Map<string, Model>()
  for (const entity of [...entities, ...own.map(([, each]) => each)]) {
    const model = modelOf(entity)
    const earlier = models.get(model.name)
    if (earlier && earlier !== model) {
      refuse('invalid-definition', `Entity ${model.name} is defined twice; give one of them another name`, {
        entity: model.name,
      })
    }
    models.set(model.name, model)
  }
  return models
}

/** Said here for every driver: a rule that nobody keeps must not look as if it were kept. */
function refuseRules({ name, capabilities }: Pick<Driver, 'name' | 'capabilities'>, models: Map<string, Model>): void {
  if (capabilities.overlap) return
  for (const { stored } of models.values()) {
    const [rule] = stored.rules
    if (rule)
      refuse('unsupported', `${stored.name}: ${name} keeps no overlap rules; take noOverlap.${rule.name} out of it`, {
        what: 'overlap',
      })
  }
}

function createCore<Native>(driver: Driver<Native, unknown>, options: StorageOptions): Core<Native> {
  if (!Array.isArray(options?.entities)) {
    refuse('invalid-definition', 'A storage needs the option entities: an array of definitions', { entity: '' })
  }
  const {
    timeoutMs = 10_000,
    generateId = uuidVersion7,
    callerClock = Date.now,
    onOperation = null,
    without = [],
  } = options
  if (!(timeoutMs > 0)) refuse('misuse', 'timeoutMs must be a number of milliseconds above 0', {})
  const unknown = without.find((port) => !Object.hasOwn(ownEntities, port))
  if (unknown !== undefined)
    refuse('misuse', `without names "${unknown}"; it can name ${Object.keys(ownEntities).join(', ')}`, {})
  const models = compileEntities(options.entities, without)
  refuseRules(driver, models)
  driver.prepare([...models.values()].map(({ stored }) => stored))
  const callerNow = (): string =>
    toInstant(new Date(callerClock())) ??
    refuse('misuse', 'callerClock gave no moment between the years 1 and 9999', {})
  return {
    driver,
    models,
    timeoutMs,
    generateId,
    callerNow,
    onOperation,
    closed: false,
  }
}

/** Makes a storage out of a driver. Refuses at once, before any I/O, whatever definition the driver cannot keep. */
export function createStorage<Native>(driver: Driver<Native, unknown>, options: StorageOptions): Storage<Native> {
  const core = createCore(driver, options)
  const { without = [] } = options
  const shared = core as Core
  const ports = createPorts(shared, null)
  const operations = bindOperations(shared, null)
  const storedOf = (entities: readonly AnyEntity[]) => entities.map((entity) => modelOf(entity).stored)
  const all = () => [...core.models.values()].map(({ stored }) => stored)
  const storage = {
    ...ports,
    capabilities: driver.capabilities,
    transaction: (work: never, given: never) => runTransaction(core, work, given),
    join: (native: Native, work: never, given: never) => runJoined(core, native, work, given),
    schema: {
      statements: (entities?: readonly AnyEntity[]) => driver.schema.statements(entities ? storedOf(entities) : all()),
      apply: () => runAlone(shared, 'schema.apply', null, 'schema', (context) => driver.schema.apply(all(), context)),
      verify: () =>
        runAlone(shared, 'schema.verify', null, 'schema', async (context): Promise<SchemaProblem[]> => {
          const settings = await driver.probe(context)
          return [...settings, ...(await driver.schema.verify(all(), context))]
        }),
    },
    sweep: async (given: { readonly limit?: number | undefined } = {}) => {
      checkOptions('sweep', 'sweep', given, ['limit'])
      checkCallable(shared, 'sweep')
      return await sweep(operations, given.limit === undefined ? 1_000 : checkLimit('sweep', given.limit), {
        keyValue: !without.includes('keyValue'),
        idempotency: !without.includes('idempotency'),
      })
    },
    close: async () => {
      if (core.closed) return
      core.closed = true
      await driver.close()
    },
  }
  return storage as unknown as Storage<Native>
}
