import { refuse } from '../errors.ts'
import { sortGuards } from '../guards.ts'
import { checkOptions } from '../queries/limits.ts'
import { compileWhere } from '../queries/where.ts'
import type { Predicate } from '../spi/index.ts'
import type { RepositoryContext } from './context.ts'

export interface CompiledCondition {
  readonly version: number | null
  readonly where: Predicate | null
  readonly unless: Predicate | null
  readonly guards: readonly string[]
}

export const unconditional: CompiledCondition = { version: null, where: null, unless: null, guards: [] }

/** A write's condition, checked and compiled. `known` are the options that this write takes. */
export function compileCondition(
  context: RepositoryContext,
  call: string,
  condition: unknown,
  known: readonly ('version' | 'where' | 'unless' | 'guard')[],
): CompiledCondition {
  if (condition === undefined) return unconditional
  const { model } = context
  checkOptions(model.name, call, condition, known)
  const { version, where, unless, guard } = condition as Record<(typeof known)[number], unknown>
  if (version !== undefined && !(model.stored.versioned && Number.isSafeInteger(version))) {
    const why = model.stored.versioned ? 'must be a whole number' : `is given, but ${model.name} is not versioned`
    refuse('invalid-query', `${model.name}: the condition "version" of ${call} ${why}`, {
      entity: model.name,
      part: 'version',
    })
  }
  if ((unless === undefined) !== (guard === undefined)) {
    refuse('invalid-query', `${model.name}: ${call} takes "unless" and "guard" only together`, {
      entity: model.name,
      part: 'unless',
    })
  }
  if (guard !== undefined) context.checkGuards(call)
  return {
    version: (version as number | undefined) ?? null,
    where: where === undefined ? null : compileWhere(model, where),
    unless: unless === undefined ? null : compileWhere(model, unless, 'unless'),
    guards: guard === undefined ? [] : sortGuards(guard, `${call} on ${model.name}`),
  }
}
