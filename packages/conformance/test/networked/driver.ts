import type { CallContext, Driver, Failure, StoredEntity } from '@portolan/adapter-kit'
import { memoryDriver } from '@portolan/memory'
import { type AnyEntity, StorageError } from '@portolan/ports'
import type { Address } from '../../src/proxy.ts'
import { ClientFailure, type Connection, connectionPool } from './connections.ts'
import type { PlanCall, Request } from './protocol.ts'

export interface NetworkedOptions {
  readonly entities: readonly AnyEntity[]
  readonly address: Address
  readonly place: string
  readonly clock?: (() => number) | undefined
}

type Context = CallContext<Connection>

const lostRead: Failure = {
  code: 'unavailable',
  message: 'the connection was lost, or the time was up, before an answer came; call again',
}
const lostWithin: Failure = {
  code: 'unavailable',
  message: 'the connection was lost, or the time was up, inside the transaction: nothing of it is stored; begin again',
}
const lostWrite: Failure = {
  code: 'commit-unknown',
  message: 'no answer came: look whether it was stored before you do it again',
}

/** A driver over real sockets that does right what a network asks for: deadlines, lost answers, connections that are gone. */
export function networkedDriver(options: NetworkedOptions): Driver<never, Connection> {
  let prepared: readonly StoredEntity[] = []
  const pool = connectionPool({
    address: options.address,
    place: options.place,
    entities: () => prepared,
    clock: () => options.clock?.() ?? null,
    most: 10,
  })

  const ask = async (request: Request, { session, deadline }: Context, alone: Failure): Promise<unknown> => {
    if (session) return await session.ask(request, deadline, lostWithin)
    const connection = await pool.take(deadline)
    try {
      return await connection.ask(request, deadline, alone)
    } finally {
      pool.give(connection)
    }
  }
  const reading =
    (call: PlanCall) =>
    (plan: unknown, context: Context): Promise<never> =>
      ask({ call, plan }, context, lostRead) as Promise<never>
  const writing =
    (call: PlanCall) =>
    (plan: unknown, context: Context): Promise<never> =>
      ask({ call, plan }, context, lostWrite) as Promise<never>
  const ping = async (context: Context): Promise<[]> => {
    await ask({ call: 'ping' }, context, lostRead)
    return []
  }
  const { capabilities } = memoryDriver({ entities: options.entities })

  return {
    name: 'networked',
    spi: 1,
    capabilities: { ...capabilities, storeClock: 'store', durability: 'restart' },
    supports: [],
    holdsReads: { latest: false, snapshot: true, join: false },
    prepare(entities) {
      prepared = entities
    },
    select: reading('select'),
    count: reading('count'),
    insert: writing('insert'),
    update: writing('update'),
    updateMany: writing('updateMany'),
    delete: writing('delete'),
    deleteMany: writing('deleteMany'),
    claim: writing('claim'),
    async guard(keys, context) {
      await ask({ call: 'guard', keys }, context, lostWithin)
    },

    async transaction(work, { reads, guards, deadline }) {
      const session = await pool.take(deadline)
      try {
        await session.ask({ call: 'begin', reads, guards }, deadline, lostWithin)
        let result: Awaited<ReturnType<typeof work>>
        try {
          result = await work(session)
        } catch (error) {
          // Where the connection is gone the server has rolled back by itself.
          await session.ask({ call: 'rollback' }, deadline, lostWithin).catch((late: ClientFailure) => {
            if (late.failure.code === 'transaction-conflict') throw late
          })
          throw error
        }
        await session.ask({ call: 'commit' }, deadline, lostWrite)
        return result
      } finally {
        pool.give(session)
      }
    },
    async join() {
      throw new StorageError('unsupported', 'this adapter joins nothing', { what: 'join' })
    },
    native: () => undefined as never,
    now: (context) => ask({ call: 'now' }, context, lostRead) as Promise<string>,
    probe: ping,
    schema: {
      statements: () => [],
      apply: async (_, context) => void (await ping(context)),
      verify: (_, context) => ping(context),
    },
    classify: (error) => (error instanceof ClientFailure ? error.failure : null),
    close: async () => pool.close(),
  }
}
