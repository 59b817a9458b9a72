import { setTimeout as wait } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { type Engine, startTogether } from '../engine.ts'
import { type FindServer, finder } from '../find-server.ts'
import { networkServer } from '../network-server.ts'
import { freePort } from '../ports.ts'
import { newName, newPassword } from '../secret.ts'
import type { Address } from '../test-server.ts'
import { redisVersionAt, withRedis } from './connection.ts'
import { type RedisNode, redisWays } from './engine.ts'

const slots = 16_384
const nodes = 3
const longestUnionMs = 30_000

export interface RedisClusterPlace {
  readonly nodes: readonly Address[]
  readonly password: string | undefined
  /** What the names of all keys of the place must contain, in a hash tag or outside of one: it is removed by that. */
  readonly prefix: string
}

/** What the text of a place says: the URLs of the nodes with commas, and the prefix behind a '#'. */
export function redisClusterPlace(place: string): RedisClusterPlace {
  const [urls = '', prefix = ''] = place.split('#')
  const parsed = urls.split(',').map((url) => new URL(url))
  return {
    nodes: parsed.map(({ hostname, port }) => ({ host: hostname, port: Number(port || 6379) })),
    password: parsed[0]?.password || undefined,
    prefix,
  }
}

/** A cluster of three masters without replicas. A place is a prefix of its own. */
export const redisCluster: FindServer = finder((own) => ({
  kind: 'redisCluster',
  name: 'Redis Cluster',
  ways: redisWays((startNode) => startCluster(startNode, own)),
  open: async (urls, engine) => {
    const [first = '', ...others] = urls.split(',')
    const {
      nodes: [address = { host: '127.0.0.1', port: 6379 }, ...more],
    } = redisClusterPlace(urls)
    return networkServer({
      version: `Redis ${await redisVersionAt(first)}, cluster`,
      nodes: [address, ...more],
      engine,
      adminUrl: (place) => place ?? urls,
      createPlace: async () => `${urls}#${newName()}`,
      removePlace: async (place) => {
        const { prefix } = redisClusterPlace(place)
        for (const url of [first, ...others]) await withRedis(url, (node) => removeKeys(node, prefix))
      },
      log: async () => engine?.log?.(),
    })
  },
}))

async function removeKeys(node: Redis, prefix: string): Promise<void> {
  let cursor = '0'
  do {
    const [next, keys] = await node.scan(cursor, 'MATCH', `*${prefix}*`, 'COUNT', 1_000)
    for (const key of keys) await node.unlink(key)
    cursor = next
  } while (cursor !== '0')
}

async function startCluster(
  startNode: (node: RedisNode) => Promise<Engine | string>,
  own: boolean,
): Promise<Engine | string> {
  const password = newPassword()
  const busPorts = [await freePort(), await freePort(), await freePort()]
  return startTogether(
    busPorts.map(
      (busPort) => () =>
        startNode({
          password,
          durable: own,
          clustered: true,
          settings: ['--cluster-enabled', 'yes', '--cluster-port', `${busPort}`, '--cluster-node-timeout', '2000'],
        }),
    ),
    (addresses) => {
      const urls = addresses.map(({ host, port }) => `redis://:${password}@${host}:${port}`)
      const [first = { host: '', port: 0 }] = addresses
      return {
        url: urls.join(','),
        unite: async () => {
          for (const [index, url] of urls.entries())
            await withRedis(url, async (node) => {
              const [from, to] = [share(index), share(index + 1) - 1]
              await node.call('CLUSTER', 'ADDSLOTSRANGE', from, to)
              await node.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1)
              if (index > 0) await node.call('CLUSTER', 'MEET', first.host, first.port, busPorts[0] ?? 0)
            })
        },
        answers: async () => void (await Promise.all(urls.map(untilWhole))),
      }
    },
  )
}

const share = (index: number): number => Math.floor((slots / nodes) * index)

async function untilWhole(url: string): Promise<void> {
  const deadline = Date.now() + longestUnionMs
  for (;;) {
    const info = await withRedis(url, async (node) => String(await node.call('CLUSTER', 'INFO')))
    if (/cluster_state:ok/.test(info) && info.includes(`cluster_known_nodes:${nodes}`)) return
    if (Date.now() > deadline) throw new Error(`the nodes did not become one cluster within ${longestUnionMs / 1000} s`)
    await wait(50)
  }
}
