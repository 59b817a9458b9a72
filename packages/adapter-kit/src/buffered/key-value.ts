import type { CallContext, NativeKeyValue } from '../spi/index.ts'
import type { BufferedSession } from './session.ts'

/** A store's own key-value, which buffers by itself; calls of one transaction take turns with all the others of it. */
export function keyValueInTurn<Session>(native: NativeKeyValue<Session>): NativeKeyValue<BufferedSession<Session>> {
  const inTurn = <R>(
    { session, deadline }: CallContext<BufferedSession<Session>>,
    call: (context: CallContext<Session>) => Promise<R>,
  ): Promise<R> => {
    if (session === null) return call({ session, deadline })
    const running = session.turn.then(() => call({ session: session.store, deadline }))
    session.turn = running.catch(() => undefined)
    return running
  }
  return {
    getMany: (namespace, keys, context) => inTurn(context, (own) => native.getMany(namespace, keys, own)),
    set: (plan, context) => inTurn(context, (own) => native.set(plan, own)),
    delete: (plan, context) => inTurn(context, (own) => native.delete(plan, own)),
    deleteMany: (namespace, keys, context) => inTurn(context, (own) => native.deleteMany(namespace, keys, own)),
    clear: (namespace, context) => inTurn(context, (own) => native.clear(namespace, own)),
    keys: (plan, context) => inTurn(context, (own) => native.keys(plan, own)),
    sweep: (limit, context) => inTurn(context, (own) => native.sweep(limit, own)),
  }
}
