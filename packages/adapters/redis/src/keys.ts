import { refuse } from '@portolan/adapter-kit'
import type { Definition } from './definition.ts'

/**
 * The names of all keys of a storage. They share one hash tag, so they live in one slot. Names of entities, namespaces, guards
 * and partitions are percent-encoded: nothing of them can end a part or the tag, and no two names run into each other.
 */
export interface Keyspace {
  readonly tag: string
  /** In this order: definition, rows, indexes, natural keys, rules. What Lua's `entity` expects. */
  entity(definition: Definition): string[]
  definition(entity: string): string
  entry(namespace: string, key: string): string
  namespace(namespace: string): string
  /** The keys of a namespace. */
  entries(namespace: string): string
  expiries(): string
  cleared(): string
  clearedEntries(operationId: string): string
  guard(guard: string): string
  operation(id: string): string
}

const name = encodeURIComponent

/** Throws `misuse` for a prefix or partition that is empty or no well-formed text. */
export function keyspace(prefix: string, partition: string | null): Keyspace {
  checkName('prefix', prefix)
  if (partition !== null) checkName('partition', partition)
  const tag = `{${partition === null ? name(prefix) : `${name(prefix)}:${name(partition)}`}}`
  const definition = (entity: string): string => `${tag}:d:${name(entity)}`
  return {
    tag,
    definition,
    entity({ name: entity, indexes, unique, rules }) {
      const numbered = (kind: string, parts: readonly { readonly number: number }[]): string[] =>
        parts.map(({ number }) => `${tag}:${kind}:${name(entity)}:${number}`)
      return [
        definition(entity),
        `${tag}:r:${name(entity)}`,
        `${tag}:i:${name(entity)}:0`,
        ...numbered('i', indexes),
        ...numbered('u', unique),
        ...numbered('o', rules),
      ]
    },
    entry: (namespace, key) => `${tag}:k:${name(namespace)}:${key}`,
    namespace: (namespace) => `${tag}:n:${name(namespace)}`,
    entries: (namespace) => `${tag}:m:${name(namespace)}`,
    expiries: () => `${tag}:x`,
    cleared: () => `${tag}:t`,
    clearedEntries: (operationId) => `${tag}:t:${operationId}`,
    guard: (guard) => `${tag}:g:${name(guard)}`,
    operation: (id) => `${tag}:w:${id}`,
  }
}

function checkName(option: string, value: unknown): void {
  if (typeof value === 'string' && value !== '' && value.isWellFormed()) return
  refuse('misuse', `redisStorage: ${option} must be text of at least one character, without lone surrogates`, {})
}
