import { isFound, sqlite, type TestServer } from '@portolan-tooling/test-servers'

let server: Promise<TestServer> | undefined

/** Files of this process, each a database. */
export function files(): Promise<TestServer> {
  server ??= sqlite().then((found) => {
    if (isFound(found)) return found
    throw new Error(found.missing)
  })
  return server
}
