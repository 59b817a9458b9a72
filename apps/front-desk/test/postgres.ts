import { isFound, postgres15 } from '@portolan-tooling/test-servers'

/** Known before the first test: servers.ts has started it, or has said that it can't be had. */
export const hasPostgres = Boolean(process.env.PORTOLAN_POSTGRES_15_URL)

export interface PostgresPlace {
  /** An empty database; undefined where there is no server, and the front desk opens without it. */
  readonly url: string | undefined
  remove(): Promise<void>
}

export async function postgresPlace(): Promise<PostgresPlace> {
  if (!hasPostgres) return { url: undefined, remove: async () => {} }
  const server = await postgres15()
  if (!isFound(server)) throw new Error(server.missing)
  const url = await server.createPlace()
  return { url, remove: () => server.removePlace(url) }
}
