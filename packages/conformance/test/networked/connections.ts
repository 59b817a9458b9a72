import { connect, type Socket } from 'node:net'
import type { Failure, StoredEntity } from '@portolan/adapter-kit'
import { StorageError } from '@portolan/ports'
import type { Address } from '../../src/proxy.ts'
import { type Answer, onLine, type Refused, type Request, sendLine } from './protocol.ts'

/** What the server said, or what became of the network; its classification lies in it. */
export class ClientFailure extends Error {
  override readonly name: string = 'ClientFailure'
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }
}

const unreachable: Failure = {
  code: 'unavailable',
  message: 'the server cannot be reached; see that it runs, then call again',
}

export interface Connection {
  /** `lost`: what it means when the request went out and no answer came. */
  ask(request: Request, deadline: number, lost: Failure): Promise<unknown>
  destroy(): void
}

export interface ConnectionPool {
  /** Waits for a free connection, or a new one, until the deadline. */
  take(deadline: number): Promise<Connection>
  /** One that was lost is forgotten. */
  give(connection: Connection): void
  close(): void
}

export interface PoolOptions {
  readonly address: Address
  readonly place: string
  readonly entities: () => readonly StoredEntity[]
  readonly clock: () => number | null
  readonly most: number
}

export function connectionPool(options: PoolOptions): ConnectionPool {
  const all = new Set<Connection>()
  const idle: Connection[] = []
  const waiting: { readonly go: (connection: Connection | null) => void }[] = []
  let opening = 0
  const lose = (connection: Connection): void => {
    all.delete(connection)
    const at = idle.indexOf(connection)
    if (at >= 0) idle.splice(at, 1)
    // There is room for a new one.
    waiting.shift()?.go(null)
  }
  const open = async (deadline: number): Promise<Connection> => {
    opening++
    try {
      const connection = await openConnection(options, deadline, lose)
      all.add(connection)
      return connection
    } finally {
      opening--
    }
  }
  return {
    async take(deadline) {
      for (;;) {
        const free = idle.pop()
        if (free) return free
        if (all.size + opening < options.most) return await open(deadline)
        const given = await new Promise<Connection | null>((resolve, reject) => {
          const one = {
            go(connection: Connection | null): void {
              clearTimeout(timer)
              resolve(connection)
            },
          }
          const timer = setTimeout(() => {
            waiting.splice(waiting.indexOf(one), 1)
            reject(new ClientFailure(unreachable))
          }, deadline - performance.now())
          waiting.push(one)
        })
        if (given) return given
      }
    },
    give(connection) {
      if (!all.has(connection)) return
      const next = waiting.shift()
      if (next) next.go(connection)
      else idle.push(connection)
    },
    close() {
      for (const connection of all) connection.destroy()
    },
  }
}

function refusal({ code, message, data }: Refused): StorageError {
  return new StorageError(code, message, data as never)
}

interface Asked {
  resolve(result: unknown): void
  reject(error: Error): void
  readonly lost: Failure
}

async function openConnection(
  { address, place, entities, clock }: PoolOptions,
  deadline: number,
  closed: (connection: Connection) => void,
): Promise<Connection> {
  const socket: Socket = connect({ ...address, noDelay: true })
  let asked: Asked | null = null
  let before: Promise<unknown> = Promise.resolve()
  const askNow = async (request: Request, until: number, lost: Failure): Promise<unknown> => {
    if (socket.destroyed) throw new ClientFailure(unreachable)
    const timer = setTimeout(() => socket.destroy(), until - performance.now())
    try {
      return await new Promise((resolve, reject) => {
        asked = { resolve, reject, lost }
        sendLine(socket, { request, clock: clock(), timeLeftMs: until - performance.now() })
      })
    } finally {
      clearTimeout(timer)
      asked = null
    }
  }
  const connection: Connection = {
    ask(request, until, lost) {
      const answer = before.then(() => askNow(request, until, lost))
      before = answer.catch(() => undefined)
      return answer
    },
    destroy: () => void socket.destroy(),
  }
  onLine(socket, (message) => {
    const answer = message as Answer
    if ('result' in answer) asked?.resolve(answer.result)
    else if ('failure' in answer) asked?.reject(new ClientFailure(answer.failure))
    else asked?.reject(refusal(answer.refused))
  })
  socket.on('error', () => undefined)
  socket.on('close', () => {
    asked?.reject(new ClientFailure(asked.lost))
    closed(connection)
  })
  await connection.ask({ call: 'open', place, entities: entities() }, deadline, unreachable)
  return connection
}
