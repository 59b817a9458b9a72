import type { Capabilities, Storage } from '@portolan/ports'
import { defineTarget, type Target } from '../../src/target.ts'

export const tinyCapabilities: Capabilities = {
  transactions: false,
  snapshot: false,
  guardsInSnapshot: false,
  join: false,
  joinRollback: false,
  joinIsolation: null,
  hooksInJoin: false,
  writers: 'one',
  overlap: false,
  idsPerScope: {},
  claim: false,
  orderingKey: false,
  storeClock: 'host',
  maxRowBytes: null,
  maxTransactionRows: null,
  maxTransactionBytes: null,
  scanBound: null,
  durability: 'none',
}

export interface TinyTarget extends Target {
  /** What was done, in order. */
  readonly log: string[]
}

/** A target with next to nothing behind it, for tests of the runner itself. `members` are what its storage can do besides. */
export function tinyTarget(members: object = {}, more: Partial<Target> = {}): TinyTarget {
  const log: string[] = []
  let places = 0
  const target = defineTarget({
    name: 'tiny',
    versions: async () => ({ server: 'none', client: 'none' }),
    async createPlace() {
      log.push('create place')
      return `place-${++places}`
    },
    async removePlace() {
      log.push('remove place')
    },
    async open() {
      log.push('open')
      const storage = {
        capabilities: tinyCapabilities,
        schema: { statements: () => [], apply: async () => void log.push('apply'), verify: async () => [] },
        ...members,
      } as unknown as Storage<unknown>
      return { storage, close: async () => void log.push('close') }
    },
    offers: {},
    ...more,
  })
  return { ...target, log }
}
