import type { Target } from '@portolan/conformance'
import { shortRun } from './short-run.ts'

/**
 * The usual rounds of races in CI. Fewer on the second Node, and on the second version of a server or client, and fewest on the fast
 * path; the reports say so.
 */
export function racing({ second = false }: { readonly second?: boolean } = {}): Target['racing'] {
  const full = process.env.REQUIRE_ALL === '1' && process.env.PORTOLAN_SECOND_NODE !== '1' && !second
  return full ? undefined : { racers: 16, rounds: shortRun ? 3 : 5 }
}
