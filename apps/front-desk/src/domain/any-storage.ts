import type { Storage } from '@portolan/ports'

/** A storage, whatever client is behind it. */
export type AnyStorage = Storage<unknown>
