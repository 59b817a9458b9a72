import type { Engine } from './engine.ts'
import { networkServer } from './network-server.ts'
import { newName, newPassword } from './secret.ts'
import type { NetworkServer } from './test-server.ts'

export interface DatabaseServerParts {
  /** For one who may do everything. */
  readonly url: string
  /** What the URLs of places begin with: 'postgres'. */
  readonly protocol: string
  /** Where a URL that names no port leads. */
  readonly usualPort: number
  readonly version: string
  readonly engine: Engine | undefined
  /** A database and an ordinary user of the same name, to whom it belongs. */
  readonly create: (name: string, password: string) => Promise<void>
  readonly remove: (name: string) => Promise<void>
  readonly log: () => Promise<string | undefined>
}

/** A server of many databases with users of their own, at one address: each place is one of them. */
export function databaseServer(parts: DatabaseServerParts): NetworkServer {
  const { url, protocol, usualPort, version, engine, create, remove, log } = parts
  const { hostname: host, port } = new URL(url)
  const address = { host, port: Number(port || usualPort) }
  return networkServer({
    version,
    nodes: [address],
    engine,
    adminUrl: (place) => {
      const admin = new URL(url)
      if (place !== undefined) admin.pathname = new URL(place).pathname
      return admin.href
    },
    createPlace: async () => {
      const [name, password] = [newName(), newPassword()]
      await create(name, password)
      return `${protocol}://${name}:${password}@${address.host}:${address.port}/${name}`
    },
    removePlace: (place) => remove(new URL(place).pathname.slice(1)),
    log,
  })
}
