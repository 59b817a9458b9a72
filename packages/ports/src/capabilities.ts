/**
 * What an adapter can do, as data. Declared: conformance demands it. Not declared: the adapter refuses with `unsupported`
 * before it writes, and conformance demands that. Numbers are null where there is no bound.
 */
export interface Capabilities {
  readonly transactions: boolean
  /** `transaction(work, { reads: 'snapshot' })`. */
  readonly snapshot: boolean
  /** Guards may be taken in snapshot transactions. */
  readonly guardsInSnapshot: boolean
  readonly join: boolean
  /** A join that rejects leaves nothing of itself; else the caller must roll back. */
  readonly joinRollback: boolean
  /** Joined work has the isolation that the caller began with; named in `joinIsolation` of docs per adapter. */
  readonly joinIsolation: 'caller' | 'serial' | null
  /** afterCommit hooks in join can be handed to the caller by the option `afterCommit`. */
  readonly hooksInJoin: boolean
  /** How many transactions can write at one time. With 'one' the others wait. */
  readonly writers: 'many' | 'one'
  readonly overlap: boolean
  /** Per entity: the same id may live in two scopes. */
  readonly idsPerScope: { readonly [entity: string]: boolean }
  readonly claim: boolean
  readonly orderingKey: boolean
  /** Whose clock decides leases, ttl and due times. */
  readonly storeClock: 'store' | 'host' | { readonly skewMs: number }
  /** Bytes of one row as UTF-8 JSON. */
  readonly maxRowBytes: number | null
  readonly maxTransactionRows: number | null
  readonly maxTransactionBytes: number | null
  /** Rows a query may read before it is refused with `query-too-broad`. */
  readonly scanBound: number | null
  /** What an acknowledged write survives: nothing, a crash of the process or server, the loss of a node. */
  readonly durability: 'none' | 'restart' | 'failover'
}
