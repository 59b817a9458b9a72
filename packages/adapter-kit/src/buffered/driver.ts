import { isStorageError, StorageError } from '@portolan/ports'
import { failing, ownFailure } from '../failing.ts'
import type { CallContext, CountPlan, Driver, SelectPlan } from '../spi/index.ts'
import { keyValueInTurn } from './key-value.ts'
import { overlay } from './overlay.ts'
import { asked, countedOver, isAllOwn, laidOver, noClock } from './reads.ts'
import { type BufferedSession, type Inside, inTurn, rowsOf } from './session.ts'
import type { BufferedStore } from './store.ts'
import { deleteMany, deleteRow, insert, update, updateMany } from './writes.ts'

/**
 * A driver out of a store that brings reads and one commit. Every read is checked at the end, whatever the end is, so
 * transactions are serial, and the kit has nothing to remember besides; `snapshot` differs from `latest` in that a read never
 * shows another moment than the ones before it. Own writes cost memory of the process until the end.
 */
export function bufferedDriver<Session>(store: BufferedStore<Session>): Driver<never, BufferedSession<Session>> {
  type Context = CallContext<BufferedSession<Session>>
  const outside = ({ deadline }: Context): CallContext<Session> => ({ session: null, deadline })
  const within =
    <P, R>(
      alone: (plan: P, context: CallContext<Session>) => Promise<R>,
      inside: (at: Inside, plan: P) => Promise<R>,
    ) =>
    (plan: P, context: Context): Promise<R> =>
      context.session
        ? inTurn(store, context.session, context.deadline, (at) => inside(at, plan))
        : alone(plan, outside(context))

  return {
    name: store.name,
    spi: store.spi,
    capabilities: store.capabilities,
    supports: store.supports,
    partOf: store.partOf,
    holdsReads: { latest: true, snapshot: true, join: true },
    prepare: (entities) => store.prepare(entities),

    select: within((plan: SelectPlan, context) => store.select(plan, context), select),
    count: within((plan: CountPlan, context) => store.count(plan, context), count),
    insert: within((plan, context) => store.insert(plan, context), insert),
    update: within((plan, context) => store.update(plan, context), update),
    updateMany: within((plan, context) => store.updateMany(plan, context), updateMany),
    delete: within((plan, context) => store.delete(plan, context), deleteRow),
    deleteMany: within((plan, context) => store.deleteMany(plan, context), deleteMany),
    claim: (plan, context) => store.claim(plan, outside(context)),
    keyValue: store.keyValue && keyValueInTurn(store.keyValue),
    guard: (keys, { session, deadline }) => inTurn(store, session, deadline, (at) => at.guard(keys)),

    async transaction(work, options) {
      const { deadline } = options
      const session: BufferedSession<Session> = {
        store: await store.begin(options),
        overlay: overlay(),
        turn: Promise.resolve(),
      }
      try {
        const result = await work(session).catch(async (thrown: unknown) => {
          if (standsOnReads(thrown)) await conflictFirst(store, store.check(session.store, deadline))
          throw thrown
        })
        if (performance.now() >= deadline) throw failing('unavailable', tooLate)
        await store.commit(session.store, session.overlay.changes(), deadline)
        return result
      } finally {
        store.end(session.store)
      }
    },
    async join() {
      const message = `${store.name} has no transactions of the client's own to join; use transaction instead`
      throw new StorageError('unsupported', message, { what: 'join' })
    },
    native: () => undefined as never,

    now: (context) => store.now(outside(context)),
    probe: (context) => store.probe(outside(context)),
    schema: {
      statements: (entities) => store.schema.statements(entities),
      apply: (entities, context) => store.schema.apply(entities, outside(context)),
      verify: (entities, context) => store.schema.verify(entities, outside(context)),
    },
    classify: (error, phase) => ownFailure(error) ?? store.classify(error, phase),
    close: () => store.close(),
  }
}

const tooLate =
  'the work of the transaction was not done by the deadline, so nothing of it is stored; make it shorter, or raise timeoutMs'

async function select({ overlay, look }: Inside, plan: SelectPlan) {
  const own = overlay.at(plan.entity, plan.scope)
  if (isAllOwn(plan, own)) return laidOver(plan, [], own, noClock)
  const { clock, answers } = await look([{ select: asked(plan, own) }])
  return laidOver(plan, rowsOf(answers[0]), own, clock)
}

async function count({ overlay, look }: Inside, plan: CountPlan) {
  const own = overlay.at(plan.entity, plan.scope)
  const { clock, answers } = await look([{ count: plan }])
  return countedOver(plan, Number(answers[0] ?? 0), own, clock)
}

/** An outage is one whatever was seen; what failed by anything else may have failed by a view that never was. */
function standsOnReads(error: unknown): boolean {
  const codes = ['transaction-conflict', 'unavailable', 'commit-unknown', 'access-denied'] as const
  return !codes.some((code) => isStorageError(error, code))
}

/** A conflict comes before the work's own error (T8); where the store can't be asked the latter stands. */
async function conflictFirst<Session>(store: BufferedStore<Session>, checking: Promise<void>): Promise<void> {
  try {
    await checking
  } catch (error) {
    const conflict =
      isStorageError(error, 'transaction-conflict') || store.classify(error, 'commit')?.code === 'transaction-conflict'
    if (conflict) throw error
  }
}
