import { Redis } from 'ioredis'

/** Does something over a connection of its own that neither waits nor tries again. */
export async function withRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 5_000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  let failure: Error | undefined
  redis.on('error', (error: Error) => {
    failure = error
  })
  try {
    await redis.connect()
    return await work(redis)
  } catch (error) {
    throw failure ?? error
  } finally {
    redis.disconnect()
  }
}

/** '7.0.15' */
export const redisVersionAt = (url: string): Promise<string> =>
  withRedis(url, async (redis) => /redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? '?')
