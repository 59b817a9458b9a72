import type { Address } from './test-server.ts'

/** What was started, by whichever way: one server on one port. */
export interface Engine {
  readonly address: Address
  /** The log, where it can be read without asking the server. */
  readonly log?: () => Promise<string>
  halt(): Promise<void>
  resume(): Promise<void>
  /** Ends it and removes its data. */
  stop(): Promise<void>
}
