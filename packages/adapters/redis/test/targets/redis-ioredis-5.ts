import type { Target } from '@portolan/conformance'
import type { Redis } from 'ioredis'
import { Redis as Redis5 } from 'ioredis-5'
import { redisDriver } from '../../src/driver.ts'
import { addressOf, type Kind, oneServer, patience, redisTarget } from './target.ts'

/** The oldest client that is promised. */
const kind: Kind = {
  ...oneServer,
  client: 'ioredis-5',
  connect: async (place, via) => ({
    client: new Redis5(addressOf(place, via), patience) as unknown as Redis,
    prefix: undefined,
  }),
}

const target: Target = redisTarget('redis-ioredis-5', kind, import.meta.url, redisDriver)

export default target
