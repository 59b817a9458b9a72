import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'

export interface Listening {
  readonly port: number
  /** Takes no new request, answers those at hand, and cuts what is still open after `graceMs`. */
  close(graceMs: number): Promise<void>
}

const hostname = '127.0.0.1'
const attempts = 20

/** On the port, or on the next free one after it. Port 0 takes any. */
export async function listen(app: Hono, port: number, say: (sentence: string) => void): Promise<Listening> {
  for (let offset = 0; ; offset += 1) {
    const candidate = port + offset
    const server = createServer(getRequestListener(app.fetch, { hostname }))
    try {
      await bind(server, candidate)
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      if (code !== 'EADDRINUSE' || offset === attempts || candidate === 65_535) throw error
      continue
    }
    const { port: bound } = server.address() as AddressInfo
    if (offset > 0) say(`Port ${port} is taken, so it is ${bound}.`)
    return { port: bound, close: (graceMs) => close(server, graceMs) }
  }
}

function bind(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, hostname, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function close(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs)
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
    server.closeIdleConnections()
  })
}
