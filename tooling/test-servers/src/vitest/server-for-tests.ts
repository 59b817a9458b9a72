import { afterAll, beforeAll, beforeEach } from 'vitest'
import { isFound, type NotFound, type TestServer } from '../test-server.ts'

/** Says that a test is NOT RUN, and why; fails it where all must run. */
export function notRun({ missing }: NotFound, { skip }: { readonly skip: (note: string) => never }): never {
  if (process.env.REQUIRE_ALL === '1') throw new Error(`NOT RUN, and REQUIRE_ALL=1 asks for all: ${missing}`)
  return skip(`NOT RUN: ${missing}`)
}

/** A server of a busy machine takes its time to start. */
const startMs = 60_000

/**
 * A server for the tests of the file or the `describe` in which this is called: had before the first of them, stopped after the
 * last. Where it cannot be had, they are NOT RUN. The answer gives the server to a test or a hook; `prepare` is called when there
 * is one, and answers how to clear up.
 */
export function serverForTests<Server extends TestServer>(
  find: () => Promise<Server | NotFound>,
  prepare: (server: Server) => Promise<() => Promise<void>> = async () => async () => {},
): () => Server {
  let found: Server | NotFound = { missing: 'nothing looks for a server before the tests' }
  let clearUp: (() => Promise<void>) | undefined
  beforeAll(async () => {
    found = await find()
    if (isFound(found)) clearUp = await prepare(found)
  }, startMs)
  beforeEach((context) => {
    if (!isFound(found)) notRun(found, context)
  })
  afterAll(async () => {
    await clearUp?.()
    if (isFound(found)) await found.stop()
  })
  return () => {
    if (isFound(found)) return found
    throw new Error(found.missing)
  }
}
