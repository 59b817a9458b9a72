/**
 * What an adapter can do, as data. Declared: conformance demands it. Not declared: the adapter refuses with
 * `unsupported` before it writes, and conformance demands that. Numbers are null where there is no bound. A capability
 * that a later version adds is optional here, and absent means no.
 */
export interface Capabilities {
  /** `transaction` and everything in it. */
  readonly transactions: boolean
  /** `transaction(work, { reads: 'snapshot' })`. */
  readonly snapshot: boolean
  /** Guards may be taken in snapshot transactions. */
  readonly guardsInSnapshot: boolean
  /** `join` with a transaction of the client's own. */
  readonly join: boolean
  /** A join that rejects leaves nothing of itself; else the caller must roll back. */
  readonly joinRollback: boolean
  /**
   * What isolation joined work has: 'caller', the level that the caller began with, plus no lost update; 'serial',
   * joined work never runs beside another writer. null without `join`.
   */
  readonly joinIsolation: 'caller' | 'serial' | null
  /** afterCommit hooks in join can be handed to the caller by the option `afterCommit`. */
  readonly hooksInJoin: boolean
  /** How many transactions can write at one time. With 'one' the others wait. */
  readonly writers: 'many' | 'one'
  /** `noOverlap` rules hold, whoever writes through Portolan. */
  readonly overlap: boolean
  /** Per entity: the same id may live in two scopes. Where false, it is `duplicate`. */
  readonly idsPerScope: { readonly [entity: string]: boolean }
  /** `repository.claim`. */
  readonly claim: boolean
  /** Outbox messages with an ordering key. */
  readonly orderingKey: boolean
  /**
   * Whose clock decides leases, ttl and due times; `skewMs`: clients' clocks, which may differ by so many milliseconds.
   */
  readonly storeClock: 'store' | 'host' | { readonly skewMs: number }
  /** Bytes of one row as UTF-8 JSON; a larger one is `too-large`. */
  readonly maxRowBytes: number | null
  /** Rows that one transaction, or one `insertMany`, may write; more is `too-large`. */
  readonly maxTransactionRows: number | null
  /** Bytes that one transaction may write; more is `too-large`. */
  readonly maxTransactionBytes: number | null
  /** Rows that a query may read before it is refused with `query-too-broad`. */
  readonly scanBound: number | null
  /** What an acknowledged write survives: nothing, a crash of the process or server, the loss of a node. */
  readonly durability: 'none' | 'restart' | 'failover'
}
