import { MongoClient } from 'mongodb'
import { type FindServer, finder } from '../find-server.ts'
import { networkServer } from '../network-server.ts'
import { newName, newPassword } from '../secret.ts'
import type { Address } from '../test-server.ts'
import type { Kind } from '../variables.ts'
import { mongodbVersionAt, withMongodb } from './connection.ts'
import { mongodbWays } from './engine.ts'

/** MongoDB as a replica set of one: all that transactions take. */
export const mongodb: FindServer = replicaSetOf('mongodb', 1)

/** MongoDB as a replica set of three, for what happens when a primary goes. */
export const mongodbReplicaSet: FindServer = replicaSetOf('mongodbReplicaSet', 3)

/** A place is a database, with a user of its own who owns it. */
function replicaSetOf(kind: Kind, howMany: number): FindServer {
  return finder(() => ({
    kind,
    name: howMany === 1 ? 'MongoDB' : `MongoDB with ${howMany} members`,
    ways: mongodbWays(howMany),
    open: async (url, engine) => {
      const version = await mongodbVersionAt(url)
      const { nodes, replicaSet } = partsOf(url)
      if (replicaSet === undefined) return 'the URL names no replicaSet, and without one there are no transactions'
      const [address, ...others] = nodes
      if (address === undefined) return 'the URL names no host'
      const hosts = nodes.map(({ host, port }) => `${host}:${port}`).join(',')
      const placeUrl = (name: string, password: string) =>
        `mongodb://${name}:${password}@${hosts}/${name}?replicaSet=${replicaSet}&authSource=${name}`
      return networkServer({
        version: `MongoDB ${version}${howMany === 1 ? '' : `, ${nodes.length} members`}`,
        nodes: [address, ...others],
        engine,
        adminUrl: (place) => {
          if (place === undefined) return url
          const [, beforeDatabase = url, options = ''] = /^(mongodb:\/\/[^/?]*)\/?[^?]*(.*)$/.exec(url) ?? []
          const source = /[?&]authSource=/.test(options) ? '' : `${options ? '&' : '?'}authSource=admin`
          return `${beforeDatabase}/${partsOf(place).database}${options}${source}`
        },
        createPlace: async () => {
          const [name, password] = [newName(), newPassword()]
          await withMongodb(url, (client) =>
            client.db(name).command({ createUser: name, pwd: password, roles: [{ role: 'dbOwner', db: name }] }),
          )
          return placeUrl(name, password)
        },
        removePlace: (place) =>
          withMongodb(url, async (client) => {
            const database = client.db(partsOf(place).database)
            await database.command({ dropAllUsersFromDatabase: 1 })
            await database.dropDatabase()
          }),
        log: async () => (engine?.log ? engine.log() : logAt(url)),
      })
    },
  }))
}

interface UrlParts {
  readonly nodes: readonly Address[]
  readonly replicaSet: string | undefined
  readonly database: string
}

/** Several hosts make a URL that only the client can read. */
function partsOf(url: string): UrlParts {
  const { hosts, replicaSet, dbName } = new MongoClient(url).options
  return {
    nodes: hosts.map(({ host, port }) => ({ host: host ?? '127.0.0.1', port: port ?? 27_017 })),
    replicaSet,
    database: dbName,
  }
}

/** The last thousand lines or so. */
function logAt(url: string): Promise<string> {
  return withMongodb(url, async (client) => {
    const { log } = await client.db('admin').command({ getLog: 'global' })
    return (log as readonly string[]).join('\n')
  })
}
