import { type FindServer, finder } from '../find-server.ts'
import { networkServer } from '../network-server.ts'
import { newPassword } from '../secret.ts'
import { redisVersionAt, withRedis } from './connection.ts'
import { redisWays } from './engine.ts'

/** Which database numbers of the server are taken; kept in number 0, which is nobody's place. */
const [returned, highest] = ['portolan:databases:returned', 'portolan:databases:highest']

const takeDatabase = `return redis.call('spop', KEYS[1]) or redis.call('incr', KEYS[2])`

/** One Redis. A place is a database number; the password is the server's. */
export const redis: FindServer = finder((own) => ({
  kind: 'redis',
  name: 'Redis',
  ways: redisWays((startNode) => startNode({ password: newPassword(), durable: own, settings: [], clustered: false })),
  open: async (url, engine) => {
    const version = await redisVersionAt(url)
    const { hostname: host, port } = new URL(url)
    const urlOfDatabase = (database: string): string => {
      const place = new URL(url)
      place.pathname = `/${database}`
      return place.href
    }
    return networkServer({
      version: `Redis ${version}`,
      nodes: [{ host, port: Number(port || 6379) }],
      engine,
      adminUrl: (place) => place ?? url,
      createPlace: () =>
        withRedis(urlOfDatabase('0'), async (client) => {
          const database = String(await client.eval(takeDatabase, 2, returned, highest))
          await client.select(Number(database)).catch((cause) => {
            throw new Error(`this Redis has no database ${database} left; set its "databases" higher`, { cause })
          })
          await client.flushdb()
          return urlOfDatabase(database)
        }),
      removePlace: async (place) => {
        await withRedis(place, (client) => client.flushdb())
        await withRedis(urlOfDatabase('0'), (client) => client.sadd(returned, new URL(place).pathname.slice(1)))
      },
      log: async () => engine?.log?.(),
    })
  },
}))
