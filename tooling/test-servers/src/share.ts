import { firestore } from './firestore/index.ts'
import { mariadb } from './mariadb/index.ts'
import { mongodb, mongodbReplicaSet } from './mongodb/index.ts'
import { postgres15, postgres18 } from './postgres/index.ts'
import { redisCluster } from './redis/cluster.ts'
import { redis } from './redis/index.ts'
import { isFound, type NetworkServer, type NotFound } from './test-server.ts'
import { forgetMissing, type Kind, rememberMissing, variables } from './variables.ts'

const start: Record<Kind, () => Promise<NetworkServer | NotFound>> = {
  postgres15,
  postgres18,
  mariadb,
  redis,
  redisCluster,
  mongodb,
  mongodbReplicaSet,
  firestore,
}

/**
 * A set-up for vitest's `globalSetup`: starts the named servers once, leads every worker to them through the environment, and
 * stops them at the end. What cannot be had is remembered, so that no worker looks for it again.
 */
export function shareServers(...kinds: readonly Kind[]): () => Promise<() => Promise<void>> {
  return async () => {
    const found = await Promise.all(kinds.map(async (kind) => ({ kind, server: await start[kind]() })))
    const set: string[] = []
    for (const { kind, server } of found) {
      if (!isFound(server)) rememberMissing(kind, server)
      else if (!process.env[variables[kind]]) {
        process.env[variables[kind]] = server.adminUrl()
        set.push(variables[kind])
      }
    }
    return async () => {
      for (const name of set) delete process.env[name]
      forgetMissing()
      await Promise.all(found.map(({ server }) => (isFound(server) ? server.stop() : undefined)))
    }
  }
}
