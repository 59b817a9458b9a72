import type { Target } from '@portolan/conformance'
import { isFound, sqlite, type TestServer } from '@portolan-tooling/test-servers'
import { versionOf } from './client.ts'

let server: Promise<TestServer> | undefined

/** Files of this process, each a database. */
export function files(): Promise<TestServer> {
  server ??= sqlite().then((found) => {
    if (isFound(found)) return found
    throw new Error(found.missing)
  })
  return server
}

/** For targets on better-sqlite3, whose SQLite `files` tells the version of. */
export const versions: Target['versions'] = async () => ({
  server: (await files()).version,
  client: [await versionOf('kysely'), await versionOf('better-sqlite3')].join(', '),
})
