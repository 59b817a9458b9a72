import type { Target } from '@portolan/conformance'

/** The usual in CI; the fast path has fewer rounds, and its reports say so. */
export const racing: Target['racing'] =
  process.env.REQUIRE_ALL === '1' && process.env.PORTOLAN_SECOND_NODE !== '1' ? undefined : { racers: 16, rounds: 5 }
