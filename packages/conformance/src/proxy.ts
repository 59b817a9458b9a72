import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { type NetworkFault, type ProxiedConnection, proxyConnection } from './proxied-connection.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

/** A fault that waits for its turn. */
export interface ArmedFault {
  /** Whether its turn has come. */
  readonly fired: boolean
  cancel(): void
}

/**
 * A TCP proxy in front of a server, for any protocol: it knows bytes and who sent them. The address is its own, to be given to
 * the client instead of the server's.
 */
export interface FaultProxy extends Address {
  /**
   * Request turns so far, over all connections: round trips on the wire. A turn begins when the client sends something at the
   * beginning of a connection or after the server has sent something. The difference around an operation on a warm connection is
   * what the operation costs, unless the client sends something of its own meanwhile, such as a heartbeat.
   */
  turns(): number
  /** Connections that clients have made so far. */
  connections(): number
  /** Plays the fault on the turn that is so many from now: 1 is the next one, on whatever connection. */
  failAt(turn: number, fault: NetworkFault): ArmedFault
  /** Ends every connection both ways: by a reset (the default) or by an orderly end. */
  cut(how?: 'reset' | 'end'): void
  /** Delays whatever goes through from now on, each way, by so many milliseconds. */
  delay(milliseconds: number): void
  /** Half-open: connections stay, new ones are accepted, and no byte goes through any more. */
  silence(): void
  /** Cuts every connection and refuses new ones. */
  refuse(): Promise<void>
  /**
   * New connections work again, nothing is delayed, no fault waits any more. Connections that were silenced stay so, as in a
   * network that came back: a client has to notice by itself.
   */
  restore(): Promise<void>
  close(): Promise<void>
}

/** Starts a proxy in front of the server at this address, on a free port of 127.0.0.1. */
export async function startProxy(upstream: Address): Promise<FaultProxy> {
  const connections = new Set<ProxiedConnection>()
  const armed = new Set<{ readonly turn: number; readonly fault: NetworkFault; fired: boolean }>()
  let turns = 0
  let made = 0
  let delayMs = 0
  let silent = false

  const turnBegins = (): NetworkFault | null => {
    turns++
    for (const one of armed) {
      if (one.turn !== turns) continue
      armed.delete(one)
      one.fired = true
      return one.fault
    }
    return null
  }
  const accept = (client: Socket): void => {
    made++
    const server = connect({ ...upstream, allowHalfOpen: true, noDelay: true })
    const connection = proxyConnection(client, server, {
      turnBegins,
      delayMs: () => delayMs,
      closed: () => connections.delete(connection),
    })
    connections.add(connection)
    if (silent) connection.silence()
  }
  const cut = (how: 'reset' | 'end' = 'reset'): void => {
    for (const connection of connections) connection.cut(how)
  }
  let server: Server | null = await listen(accept, 0)
  const { port } = server.address() as AddressInfo
  const refuse = async (): Promise<void> => {
    const closing = server
    server = null
    const closed = new Promise<void>((resolve) => (closing ? closing.close(() => resolve()) : resolve()))
    cut()
    await closed
  }

  return {
    host: '127.0.0.1',
    port,
    turns: () => turns,
    connections: () => made,
    failAt(turn, fault) {
      if (!Number.isInteger(turn) || turn < 1) throw new Error('a fault waits for turn 1, the next one, or a later one')
      const one = { turn: turns + turn, fault, fired: false }
      armed.add(one)
      return {
        get fired() {
          return one.fired
        },
        cancel: () => void armed.delete(one),
      }
    },
    cut,
    delay(milliseconds) {
      delayMs = milliseconds
    },
    silence() {
      silent = true
      for (const connection of connections) connection.silence()
    },
    refuse,
    async restore() {
      silent = false
      delayMs = 0
      armed.clear()
      server ??= await listen(accept, port)
    },
    close: refuse,
  }
}

/** Refused ports may be taken by somebody else for a moment. */
async function listen(accept: (client: Socket) => void, port: number): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, accept)
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, '127.0.0.1', resolve)
      })
      return server
    } catch (error) {
      if (attempt === 20) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
