import type { BindingOptions } from '@portolan/conformance/vitest'
import type { FindServer } from './find-server.ts'

export const shortRun: boolean = process.env.PORTOLAN_SHORT_RUN === '1'

/**
 * A server that a short run leaves out: `npm test` proves each kind of database on one server, the newest that a machine can be
 * expected to have; a full run on all that are promised. What is left out is NOT RUN, and says so.
 */
export function inFullRuns(find: FindServer): FindServer {
  if (!shortRun) return find
  return (async () => ({ missing: 'left out of the short run, REQUIRE_ALL=1 asks for it' })) as FindServer
}

/** What hangs on server and client most: values on the wire, errors, outages, and a race of each port. */
const core = ['B1', 'D1', 'E2', 'E3', 'E5', 'G1', 'K1', 'K3', 'N2', 'O1', 'O3', 'P1', 'T2', 'V1']

/** For a target that is another way to a database which the short run proves in full. A full run leaves out nothing. */
export const coreInShortRuns: BindingOptions = shortRun ? { only: core } : {}
