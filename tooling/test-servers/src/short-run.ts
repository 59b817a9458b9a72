import type { FindServer } from './find-server.ts'

/**
 * A server that a short run leaves out: `npm test` proves each kind of database on one server, the newest that a machine can be
 * expected to have; a full run on all that are promised. What is left out is NOT RUN, and says so.
 */
export function inFullRuns(find: FindServer): FindServer {
  if (process.env.PORTOLAN_SHORT_RUN !== '1') return find
  return (async () => ({ missing: 'left out of the short run, REQUIRE_ALL=1 asks for it' })) as FindServer
}
