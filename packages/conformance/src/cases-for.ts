import type { Case } from './case.ts'
import { standardCases } from './cases/index.ts'
import { entityCases } from './entity-cases.ts'
import type { Target } from './target.ts'

/** The standard cases; for a target with entities of its own, those clauses that hold for any entity, per entity. */
export function casesFor(target: Pick<Target, 'entities' | 'values'>): readonly Case[] {
  return target.entities ? target.entities.flatMap((entity) => entityCases(entity, target)) : standardCases
}
