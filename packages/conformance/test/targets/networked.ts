import { createStorage } from '@portolan/adapter-kit'
import { writeRaw } from '@portolan/memory/testing'
import type { Storage } from '@portolan/ports'
import type { Address } from '../../src/proxy.ts'
import { defineTarget, type Target } from '../../src/target.ts'
import { networkedDriver } from '../networked/driver.ts'
import { startServer, type TestServer } from '../networked/server.ts'

const servers = new Map<number, TestServer>()
let shared: Promise<TestServer> | undefined
let own: Promise<TestServer> | undefined

async function started(): Promise<TestServer> {
  const server = await startServer()
  servers.set(server.address.port, server)
  return server
}

/** A place is the port and the name there, so that another process finds it. */
function located(place: string): { readonly port: number; readonly name: string } {
  const [port, name = ''] = place.split('/')
  return { port: Number(port), name }
}

function serverOf(place: string): TestServer {
  const server = servers.get(located(place).port)
  if (!server) throw new Error(`the server of ${place} runs in another process`)
  return server
}

const newPlace = (server: TestServer): string => `${server.address.port}/${server.createPlace()}`

/** The memory adapter's database behind a server, and a client of it that does right what a network asks for. */
const networked: Target = defineTarget({
  name: 'networked',
  async versions() {
    return { server: `sockets of Node ${process.versions.node}`, client: 'of the tests' }
  },
  async createPlace() {
    shared ??= started()
    return newPlace(await shared)
  },
  async removePlace(place) {
    serverOf(place).removePlace(located(place).name)
  },
  async open(place, { wrapDriver, via, ...options }) {
    const { port, name } = located(place)
    const address: Address = via ?? { host: '127.0.0.1', port }
    const driver = networkedDriver({ ...options, address, place: name })
    const storage = createStorage(wrapDriver ? wrapDriver(driver as never) : driver, options as never)
    return { storage: storage as Storage<unknown>, close: () => storage.close() }
  },
  offers: {
    processes: { module: import.meta.url },
    proxy: { upstream: async (place) => ({ host: '127.0.0.1', port: located(place).port }) },
    restart: {
      async createPlace() {
        own ??= started()
        return newPlace(await own)
      },
      stop: (place) => serverOf(place).stop(),
      start: (place) => serverOf(place).start(),
    },
    async foreignWrite(place, write) {
      writeRaw(serverOf(place).databaseAt(located(place).name), write)
    },
  },
})

export default networked
