import type { Instant } from '@portolan/ports'

/** A host's object as fields: dates are instants, and what Portolan adds itself is left out. */
export type Stored<Host, Own extends keyof Host> = {
  -readonly [K in Exclude<keyof Host, Own>]: Host[K] extends Date
    ? Instant
    : Host[K] extends Date | null
      ? Instant | null
      : Host[K]
}
