import { afterAll } from 'vitest'
import { type FindServer, isFound, type NetworkServer, type NotFound, type OwnServer } from '../src/index.ts'
import type { Kind } from '../src/variables.ts'
import { notRun } from '../src/vitest/index.ts'
import { forgetNotRun, reportNotRun } from './not-run.ts'

interface Context {
  readonly skip: (note: string) => never
}

/** The servers of one kind for the tests of a file. A test that cannot have one says NOT RUN, and fails where all are required. */
export function wanted(kind: Kind, find: FindServer) {
  let shared: Promise<NetworkServer | NotFound> | undefined
  let own: Promise<OwnServer | NotFound> | undefined
  const had = async <Server extends NetworkServer>(found: Promise<Server | NotFound>, context: Context) => {
    const server = await found
    if (isFound(server)) {
      await forgetNotRun(kind)
      return server
    }
    await reportNotRun(kind, server)
    return notRun(server, context)
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
