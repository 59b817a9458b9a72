import type { Target } from '@portolan/conformance'

/**
 * The usual rounds of races in CI. Fewer on the second Node, and on the second version of a server or client, and fewest on the fast
 * path; the reports say so.
 */
export function racing({ second = false }: { readonly second?: boolean } = {}): Target['racing'] {
  const full = process.env.REQUIRE_ALL === '1' && process.env.PORTOLAN_SECOND_NODE !== '1' && !second
  return full ? undefined : { racers: 16, rounds: process.env.PORTOLAN_SHORT_RUN === '1' ? 3 : 5 }
}
