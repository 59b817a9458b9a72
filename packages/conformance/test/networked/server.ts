import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { CallContext, Driver, Reads } from '@portolan/adapter-kit'
import { type MemoryDatabase, memoryDatabase, memoryDriver } from '@portolan/memory'
import { isStorageError } from '@portolan/ports'
import type { Address } from '../../src/proxy.ts'
import { type Answer, onLine, type PlanCall, type Sent, sendLine } from './protocol.ts'

export interface TestServer {
  readonly address: Address
  createPlace(): string
  removePlace(place: string): void
  databaseAt(place: string): MemoryDatabase
  /** Drops every connection and stops listening; what was committed stays. */
  stop(): Promise<void>
  start(): Promise<void>
}

type AnyDriver = Driver<never, unknown>
type Context = CallContext<unknown>

interface Place {
  readonly database: MemoryDatabase
  clock: number | null
}

/** The memory adapter's database behind real sockets. A connection that is lost rolls its transaction back. */
export async function startServer(): Promise<TestServer> {
  const places = new Map<string, Place>()
  const sockets = new Set<Socket>()
  let made = 0
  const placeAt = (name: string): Place => {
    const place = places.get(name)
    if (!place) throw new Error(`there is no place ${name}`)
    return place
  }
  const accept = (socket: Socket): void => {
    sockets.add(socket)
    socket.unref()
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    serve(socket, placeAt)
  }
  const listen = async (port: number): Promise<Server> => {
    const server = createServer({ noDelay: true }, accept)
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return server.unref()
  }
  let server = await listen(0)
  const { port } = server.address() as AddressInfo
  return {
    address: { host: '127.0.0.1', port },
    createPlace() {
      const name = `place-${++made}`
      const place: Place = { database: memoryDatabase({ clock: () => place.clock ?? Date.now() }), clock: null }
      places.set(name, place)
      return name
    },
    removePlace: (name) => void places.delete(name),
    databaseAt: (name) => placeAt(name).database,
    async stop() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.resetAndDestroy()
      await closed
    },
    async start() {
      server = await listen(port)
    },
  }
}

/** One connection: its requests are answered in order. */
function serve(socket: Socket, placeAt: (name: string) => Place): void {
  let place: Place | null = null
  let driver: AnyDriver | null = null
  let running: Running | null = null

  const answer = async ({ request, clock, timeLeftMs }: Sent): Promise<unknown> => {
    const deadline = performance.now() + timeLeftMs
    if (request.call === 'open') {
      place = placeAt(request.place)
      driver = memoryDriver({ entities: [], database: place.database }) as unknown as AnyDriver
      driver.prepare(request.entities)
      return null
    }
    if (!place || !driver) throw new Error('the connection was not opened')
    place.clock = clock
    const context: Context = { session: running?.session ?? null, deadline }
    switch (request.call) {
      case 'begin':
        running = await begin(driver, request.reads, request.guards, deadline)
        return null
      case 'commit':
      case 'rollback': {
        const ending = running
        running = null
        return await ending?.end(request.call)
      }
      case 'guard':
        return await driver.guard(request.keys, context as Context & { session: unknown })
      case 'now':
        return await driver.now(context)
      case 'ping':
        return null
      default:
        return await driver[request.call as PlanCall](request.plan as never, context)
    }
  }

  let before = Promise.resolve()
  onLine(socket, (message) => {
    before = before.then(async () => {
      const told: Answer = await answer(message as Sent).then(
        (result) => ({ result: result ?? null }),
        (error: unknown): Answer => {
          if (isStorageError(error)) {
            const { code, message, data } = error
            return { refused: { code, message, data } }
          }
          return { failure: driver?.classify(error, 'write') ?? { code: 'unexpected', message: String(error) } }
        },
      )
      if (!socket.destroyed) sendLine(socket, told)
    })
  })
  socket.on('close', () => void running?.end('rollback').catch(() => undefined))
}

interface Running {
  readonly session: unknown
  end(how: 'commit' | 'rollback'): Promise<null>
}

/** Turns the driver's transaction around a work into one that begins and ends by calls. */
async function begin(driver: AnyDriver, reads: Reads, guards: readonly string[], deadline: number): Promise<Running> {
  const rolledBack = new Error('rolled back')
  return await new Promise<Running>((resolve, reject) => {
    let finish = (_: 'commit' | 'rollback'): void => undefined
    const asked = new Promise<'commit' | 'rollback'>((end) => {
      finish = end
    })
    const whole = driver.transaction(
      async (session) => {
        resolve({
          session,
          async end(how) {
            finish(how)
            await whole.catch((error: unknown) => {
              if (error !== rolledBack) throw error
            })
            return null
          },
        })
        if ((await asked) === 'rollback') throw rolledBack
      },
      { reads, guards, deadline },
    )
    whole.catch(reject)
  })
}
