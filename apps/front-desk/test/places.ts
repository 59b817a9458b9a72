import { type FindServer, isFound, type NetworkServer, postgres15, redis } from '@portolan-tooling/test-servers'

/** Known before the first test: servers.ts has started them, or has said which can't be had. */
export const hasPostgres = Boolean(process.env.PORTOLAN_POSTGRES_15_URL)
export const hasRedis = Boolean(process.env.PORTOLAN_REDIS_URL)

export interface Places {
  /** Empty databases; undefined where there is no server, and the front desk opens without it. */
  readonly urls: { readonly postgresUrl: string | undefined; readonly redisUrl: string | undefined }
  remove(): Promise<void>
}

interface Place {
  readonly url: string | undefined
  remove(): Promise<void>
}

/** On every server that there is, or on one alone. */
export async function serverPlaces(only?: string): Promise<Places> {
  const wanted = (name: string, there: boolean) => there && (only === undefined || only === name)
  const postgres = await placeOn(postgres15, wanted('postgres', hasPostgres))
  const onRedis = await placeOn(redis, wanted('redis', hasRedis))
  return {
    urls: { postgresUrl: postgres.url, redisUrl: onRedis.url },
    remove: async () => void (await Promise.all([postgres.remove(), onRedis.remove()])),
  }
}

async function placeOn(find: FindServer, wanted: boolean): Promise<Place> {
  if (!wanted) return { url: undefined, remove: async () => {} }
  const server: NetworkServer | { readonly missing: string } = await find()
  if (!isFound(server)) throw new Error(server.missing)
  const url = await server.createPlace()
  return { url, remove: () => server.removePlace(url) }
}
