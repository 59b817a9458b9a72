import { readFile } from 'node:fs/promises'
import { createStorage, type Driver } from '@portolan/adapter-kit'
import { type Client, defineTarget, type OpenOptions, type Target } from '@portolan/conformance'
import type { Storage } from '@portolan/ports'
import {
  type FindServer,
  isFound,
  type NetworkServer,
  type NotFound,
  type OwnServer,
  racing,
  redis,
  redisCluster,
  redisClusterPlace,
} from '@portolan-tooling/test-servers'
import { Cluster, Redis } from 'ioredis'
import type { RedisClient } from '../../src/client.ts'
import type { RedisOptions } from '../../src/options.ts'
import { dropEntity, foreignWrite } from './foreign.ts'

export type DriverOn = (client: RedisClient, options: RedisOptions) => Driver<never, unknown>

/**
 * Connections come back within the time that outage cases wait for. A connection on which nothing comes any more is given up by
 * ioredis only with `socketTimeout`.
 */
export const patience = { retryStrategy: (times: number): number => Math.min(times * 20, 200), socketTimeout: 1_500 }

type Via = OpenOptions['via']

export interface Kind {
  readonly server: FindServer
  /** Of the package that clients come from. Default 'ioredis'. */
  readonly client?: string
  /** A client of ioredis at this place, and what of the place becomes options of the storage. */
  connect(place: string, via?: Via): Promise<{ client: Redis | Cluster; prefix: string | undefined }>
  upstream(place: string): Promise<{ readonly host: string; readonly port: number }>
  secret(place: string): string
}

export const oneServer: Kind = {
  server: redis,
  async connect(place, via) {
    return { client: new Redis(addressOf(place, via), patience), prefix: undefined }
  },
  async upstream(place) {
    const { hostname, port } = new URL(place)
    return { host: hostname, port: Number(port) }
  },
  secret: (place) => new URL(place).password,
}

/** The place, or the same behind a proxy. */
export function addressOf(place: string, via: Via): string {
  const url = new URL(place)
  if (via) {
    url.hostname = via.host
    url.port = String(via.port)
  }
  return url.href
}

export const cluster: Kind = {
  server: redisCluster,
  async connect(place, via) {
    const { nodes, password, prefix } = redisClusterPlace(place)
    const owner = via && (await ownerOf(place))
    const natMap = via && owner ? { [`${owner.host}:${owner.port}`]: via } : undefined
    const client = new Cluster([...nodes], {
      redisOptions: { ...(password !== undefined && { password }), socketTimeout: patience.socketTimeout },
      clusterRetryStrategy: patience.retryStrategy,
      ...(natMap && { natMap }),
    })
    return { client, prefix }
  },
  upstream: (place) => ownerOf(place),
  secret: (place) => redisClusterPlace(place).password ?? '',
}

/** The node that keeps the slot of a place: what a proxy must stand before, so that every call of a storage goes through it. */
async function ownerOf(place: string): Promise<{ host: string; port: number }> {
  const { nodes, password, prefix } = redisClusterPlace(place)
  const [first] = nodes
  const client = new Redis({ ...first, ...(password !== undefined && { password }) })
  try {
    const slot = Number(await client.call('CLUSTER', 'KEYSLOT', `{${encodeURIComponent(prefix)}}`))
    const slots = (await client.call('CLUSTER', 'SLOTS')) as [number, number, [string, number, ...unknown[]]][]
    const owner = slots.find(([from, to]) => from <= slot && slot <= to)?.[2]
    if (!owner) throw new Error(`no node of the cluster keeps slot ${slot}`)
    return { host: owner[0] || (first?.host ?? ''), port: owner[1] }
  } finally {
    client.disconnect()
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}

async function found<Server extends NetworkServer>(asked: Promise<Server | NotFound>): Promise<Server> {
  const server = await asked
  if (isFound(server)) return server as Server
  throw new Error((server as NotFound).missing)
}

export function redisTarget(name: string, kind: Kind, module: string, driverOn: DriverOn): Target {
  // One that keeps what it has acknowledged, and nobody else's: cases stop it.
  const own = once(() => found<OwnServer>(kind.server({ own: true })))
  const open = async (place: string, { wrapDriver, via, ...given }: OpenOptions): Promise<Client> => {
    const { client, prefix } = await kind.connect(place, via)
    client.on('error', () => undefined)
    const options = { durability: 'restart', ...given, ...(prefix !== undefined && { prefix }) } as RedisOptions
    const driver = driverOn(client as RedisClient, options) as Driver<unknown, unknown>
    const storage = createStorage(wrapDriver ? wrapDriver(driver) : driver, options) as Storage<unknown>
    return {
      storage,
      close: async () => {
        await storage.close()
        client.disconnect()
      },
    }
  }
  return defineTarget({
    name,
    async versions() {
      const manifest = new URL('../package.json', import.meta.resolve(kind.client ?? 'ioredis'))
      const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string }
      return { server: (await own()).version, client: `ioredis ${version}` }
    },
    createPlace: async () => (await own()).createPlace(),
    removePlace: async (place) => (await own()).removePlace(place),
    open,
    racing: racing({ second: kind.client !== undefined }),
    secrets: (place) => [kind.secret(place)],
    offers: {
      processes: { module },
      foreignWrite: (place, write) => withClient(kind, place, (client, prefix) => foreignWrite(client, prefix, write)),
      dropEntity: (place, entity) => withClient(kind, place, (client, prefix) => dropEntity(client, prefix, entity)),
      proxy: { upstream: kind.upstream },
      restart: {
        stop: async () => (await own()).halt(),
        start: async () => (await own()).resume(),
      },
    },
  })
}

async function withClient(kind: Kind, place: string, work: (client: Redis | Cluster, prefix: string) => Promise<void>) {
  const { client, prefix } = await kind.connect(place)
  try {
    await work(client, prefix ?? 'portolan')
  } finally {
    client.disconnect()
  }
}
