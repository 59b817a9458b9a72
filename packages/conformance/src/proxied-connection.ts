import type { Socket } from 'node:net'

/**
 * What becomes of one request turn. cut-request: the request never arrives, the connection is reset. cut-answer: the request
 * arrives, and when the server answers, the client gets a reset instead. tear-answer: the client gets half of the answer's first
 * piece, then the reset. swallow-request, swallow-answer: what should have come never comes, and the connection stays open and
 * silent from then on.
 */
export type NetworkFault = 'cut-request' | 'cut-answer' | 'tear-answer' | 'swallow-request' | 'swallow-answer'

export interface ConnectionRules {
  /** Called when a request turn begins: what becomes of it; null, nothing. */
  turnBegins(): NetworkFault | null
  delayMs(): number
  closed(): void
}

export interface ProxiedConnection {
  /** Both ways: by a reset, as when a process dies, or by the orderly end that a server sends when it shuts down. */
  cut(how: 'reset' | 'end'): void
  /** Nothing goes through any more, not even an end; both sides believe themselves connected. */
  silence(): void
}

/** Copies bytes both ways, and counts a turn when the client speaks first or after the server has spoken. */
export function proxyConnection(client: Socket, upstream: Socket, rules: ConnectionRules): ProxiedConnection {
  let spoke: 'client' | 'server' | null = null
  let fault: NetworkFault | null = null
  let silent = false
  let severed = false
  const toServer = carrier(upstream, rules.delayMs)
  const toClient = carrier(client, rules.delayMs)

  const cut = (how: 'reset' | 'end'): void => {
    severed = true
    for (const socket of [client, upstream]) how === 'reset' ? reset(socket) : socket.destroy()
  }
  const silence = (): void => {
    silent = true
    toServer.stop()
    toClient.stop()
  }
  /** The server is left to finish what it was asked for. */
  const cutClient = (): void => {
    severed = true
    reset(client)
    toClient.stop()
    upstream.end()
  }

  client.on('data', (piece) => {
    if (silent || severed) return
    if (spoke !== 'client') {
      spoke = 'client'
      fault = rules.turnBegins()
      if (fault === 'cut-request') return cut('reset')
      if (fault === 'swallow-request') return silence()
    }
    toServer.send(piece)
  })
  upstream.on('data', (piece) => {
    if (silent || severed) return
    spoke = 'server'
    if (fault === 'cut-answer') return cutClient()
    if (fault === 'swallow-answer') return silence()
    if (fault !== 'tear-answer') return toClient.send(piece)
    severed = true
    client.write(piece.subarray(0, Math.floor(piece.length / 2)), cutClient)
  })
  client.on('end', () => silent || severed || toServer.end())
  upstream.on('end', () => silent || severed || toClient.end())
  for (const [socket, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    // What went wrong is told to the other side by the reset.
    socket.on('error', () => undefined)
    socket.on('close', (failed) => {
      if (client.destroyed && upstream.destroyed) rules.closed()
      else if (!silent && !severed) failed ? reset(other) : other.end()
    })
  }
  return { cut, silence }
}

function reset(socket: Socket): void {
  if (!socket.destroyed) socket.resetAndDestroy()
}

interface Carrier {
  send(piece: Buffer): void
  end(): void
  /** What has not been delivered is lost. */
  stop(): void
}

/** One direction: pieces arrive in order, each not before its delay has passed. */
function carrier(to: Socket, delayMs: () => number): Carrier {
  const waiting: { readonly due: number; readonly deliver: () => void }[] = []
  let timer: NodeJS.Timeout | null = null
  let stopped = false
  const deliver = (): void => {
    timer = null
    const now = performance.now()
    while (!stopped && waiting[0] && waiting[0].due <= now) waiting.shift()?.deliver()
    if (!stopped && waiting[0]) timer = setTimeout(deliver, Math.ceil(waiting[0].due - now))
  }
  const after = (run: () => void): void => {
    if (stopped) return
    const delay = delayMs()
    if (delay === 0 && waiting.length === 0) {
      run()
      return
    }
    waiting.push({ due: performance.now() + delay, deliver: run })
    timer ??= setTimeout(deliver, delay)
  }
  to.on('close', () => {
    stopped = true
    if (timer) clearTimeout(timer)
  })
  return {
    send: (piece) => after(() => to.write(piece)),
    end: () => after(() => to.end()),
    stop() {
      stopped = true
      if (timer) clearTimeout(timer)
    },
  }
}
