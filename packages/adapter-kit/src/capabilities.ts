import type { AnyEntity } from '@portolan/ports'

/**
 * What a row may weigh, in bytes, where the database itself takes far more or sets no bound: that of MongoDB, the largest among the
 * databases that set one. It refuses a runaway value before a process runs out of memory.
 */
export const usualRowBytes: number = 16 * 1024 * 1024

/** The capability of this name: each entity that has a scope, with whether its ids are unique per scope. */
export function idsPerScope(
  entities: readonly AnyEntity[],
  isPerScope: (entity: string) => boolean = () => true,
): Readonly<Record<string, boolean>> {
  const scoped = entities.filter(({ scope }) => scope !== null)
  return Object.fromEntries(scoped.map(({ name }) => [name, isPerScope(name)]))
}
