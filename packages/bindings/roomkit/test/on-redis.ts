import type { AnyEntity, Storage } from '@portolan/ports'
import { redisStorage } from '@portolan/redis'
import type { NetworkServer } from '@portolan-tooling/test-servers'
import { Redis } from 'ioredis'
import { roomKitEntities } from '../src/index.ts'
import type { RoomKitTarget } from '../src/suite/index.ts'
import { targetOn } from './targets.ts'

/** The usual in full runs; a short one has fewer rounds. */
const rounds = process.env.REQUIRE_ALL === '1' ? undefined : 2

export interface Connected {
  readonly client: Redis
  readonly storage: Storage<unknown>
}

export function connect(place: string, entities: readonly AnyEntity[] = roomKitEntities): Connected {
  const client = new Redis(place)
  return { client, storage: redisStorage(client, { entities }) as Storage<unknown> }
}

/** A database number of the server's, and two connections. */
export function redisTarget(server: NetworkServer): RoomKitTarget {
  const target = targetOn('Redis', async (entities) => {
    const place = await server.createPlace()
    const [first, second] = [connect(place, entities), connect(place, entities)]
    return {
      first: first.storage,
      second: second.storage,
      close: async () => {
        await Promise.all([first.client.quit(), second.client.quit()])
        await server.removePlace(place)
      },
    }
  })
  return { ...target, rounds }
}
