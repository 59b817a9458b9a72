import type { AnyEntity, Storage } from '@portolan/ports'
import type { Watch } from './canary.ts'
import { standingFor } from './standard-entities.ts'

type Call = (...given: unknown[]) => unknown
/** What stands in for a member: gets the bound original; null leaves it as it is. */
type Around = (name: string, call: Call) => Call | null

/** Names below which texts are no values of a user: ids may be shown, the rest are names of the definition. */
const idsAndNames = ['id', 'orderBy', 'select', 'cursor', 'topic', 'reads', 'state', 'token', 'revision']

/** The same storage; what goes in is remembered, what is thrown out is searched. */
export function watchedStorage(storage: Storage<unknown>, watch: Watch, overlap: boolean): Storage<unknown> {
  return watchedPorts(storage, watch, overlap) as unknown as Storage<unknown>
}

function watchedPorts(original: object, watch: Watch, overlap: boolean): object {
  const inside = (work: unknown): unknown =>
    typeof work === 'function' ? (tx: object) => (work as Call)(watchedPorts(tx, watch, overlap)) : work
  return intercept(original, watch, (name, call) => {
    if (name === 'repository')
      return (entity, ...scope) => {
        watch.remember(scope)
        return remembering(
          call(standingFor(entity, overlap), ...scope),
          watch,
          valuesOf(entity as AnyEntity),
          keyedByIdOrName,
        )
      }
    if (name === 'keyValue')
      return (namespace) => {
        watch.remember(namespace)
        return remembering(call(namespace), watch, idsAndNames, [])
      }
    if (name === 'outbox') return (...topic) => remembering(call(...topic), watch, idsAndNames, ['requeue'])
    if (name === 'idempotency') return () => remembering(call(), watch, idsAndNames, ['complete', 'extend', 'release'])
    if (name === 'guard')
      return (...keys) => {
        watch.remember(keys)
        return call(...keys)
      }
    if (name === 'transaction')
      return (work, options) => {
        watch.remember((options as { guards?: unknown } | undefined)?.guards)
        return call(inside(work), options)
      }
    if (name === 'join') return (native, work, options) => call(native, inside(work), options)
    return null
  })
}

const keyedByIdOrName = ['get', 'getBy', 'getMany', 'update', 'delete', 'insertOrGet', 'upsert']

function valuesOf(entity: AnyEntity): readonly string[] {
  const fixed = Object.entries(entity?.fields ?? {}).filter(([, field]) => ['one-of', 'instant'].includes(field.kind))
  return [...idsAndNames, ...fixed.map(([name]) => name)]
}

/** Remembers every argument, or from the second on where the first is an id, a token or a name. */
function remembering(port: unknown, watch: Watch, exempt: readonly string[], fromSecond: readonly string[]): unknown {
  const names = new Set(exempt)
  return intercept(port as object, watch, (name, call) => (...given) => {
    watch.remember(fromSecond.includes(name) ? given.slice(1) : given, names)
    return call(...given)
  })
}

/** Over an empty object, so that frozen originals can be stood in for as well. */
function intercept(original: object, watch: Watch, around: Around): object {
  return new Proxy(
    {},
    {
      get(_, name) {
        const member = (original as Record<string | symbol, unknown>)[name]
        if (typeof member !== 'function') return member
        const bound = (member as Call).bind(original) as Call
        const call = typeof name === 'string' ? (around(name, bound) ?? bound) : bound
        return (...given: unknown[]) => observed(() => call(...given), watch)
      },
      has: (_, name) => name in original,
    },
  )
}

function observed(run: () => unknown, watch: Watch): unknown {
  let outcome: unknown
  try {
    outcome = run()
  } catch (error) {
    watch.inspect(error)
    throw error
  }
  if (outcome instanceof Promise) {
    outcome.catch((error: unknown) => watch.inspect(error))
    return outcome
  }
  if (!(outcome as Partial<AsyncIterable<unknown>> | null | undefined)?.[Symbol.asyncIterator]) return outcome
  return {
    async *[Symbol.asyncIterator]() {
      try {
        yield* outcome as AsyncIterable<unknown>
      } catch (error) {
        watch.inspect(error)
        throw error
      }
    },
  }
}
