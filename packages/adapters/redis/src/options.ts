import type { StorageOptions } from '@portolan/adapter-kit'

export interface RedisOptions extends StorageOptions {
  /** The first part of all keys of the storage, and its hash tag. Default 'portolan'. */
  readonly prefix?: string | undefined
  /**
   * One storage per partition (a tenant, say), each in a slot of its own: so a cluster is used, and nothing spans two of them.
   * Default: none, the whole storage in one slot.
   */
  readonly partition?: string | undefined
  /** Rows that a query may read before it is refused with `query-too-broad`. Default 10,000. */
  readonly scanBound?: number | undefined
  /** The store's clock, in epoch milliseconds, which decides leases, ttl and due times. Default: the server's own. */
  readonly clock?: (() => number) | undefined
  /**
   * What acknowledged writes survive, for `capabilities`: 'restart' needs `appendonly yes` and `appendfsync always`, which
   * `verify()` checks. Default 'none'.
   */
  readonly durability?: 'none' | 'restart' | undefined
  /** Works on a server that may evict keys, whose rows then vanish without a word. Default false: refused. */
  readonly allowEviction?: boolean | undefined
}
