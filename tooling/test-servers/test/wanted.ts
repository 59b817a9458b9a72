import { afterAll } from 'vitest'
import { type FindServer, isFound, type NetworkServer, type NotFound, type OwnServer } from '../src/index.ts'
import type { Kind } from '../src/variables.ts'
import { forgetNotRun, reportNotRun } from './not-run.ts'

interface Context {
  readonly skip: (note: string) => never
}

/** The servers of one kind for the tests of a file. A test that cannot have one says NOT RUN, and fails where all are required. */
export function wanted(kind: Kind, find: FindServer) {
  let shared: Promise<NetworkServer | NotFound> | undefined
  let own: Promise<OwnServer | NotFound> | undefined
  const had = async <Server extends NetworkServer>(found: Promise<Server | NotFound>, { skip }: Context) => {
    const server = await found
    if (isFound(server)) {
      await forgetNotRun(kind)
      return server
    }
    await reportNotRun(kind, server)
    if (process.env.REQUIRE_ALL === '1') throw new Error(`NOT RUN, and REQUIRE_ALL=1 asks for all: ${server.missing}`)
    return skip(`NOT RUN: ${server.missing}`)
  }
  afterAll(async () => {
    for (const server of [await shared, await own]) if (server && isFound(server)) await server.stop()
  })
  return {
    shared: (context: Context): Promise<NetworkServer> => {
      shared ??= find()
      return had(shared, context)
    },
    own: (context: Context): Promise<OwnServer> => {
      own ??= find({ own: true })
      return had(own, context)
    },
  }
}
