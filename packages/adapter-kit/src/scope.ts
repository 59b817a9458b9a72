import type { Model } from './entities/model.ts'
import { refuse } from './errors.ts'
import { isPlainObject } from './queries/where.ts'
import { checkKey } from './values/text.ts'

/** The scope's value out of what `repository` was given, exact to the property: a forgotten scope must never mean all tenants. */
export function scopeOf({ name, stored }: Model, given: readonly unknown[]): string | null {
  const { scope } = stored
  if (scope === null) {
    if (given.length > 0 && given[0] !== undefined)
      refuse('misuse', `repository of ${name}: the entity has no scope, but one was given`, {})
    return null
  }
  const [value] = given
  if (!isPlainObject(value) || Object.keys(value).join() !== scope) {
    return refuse('misuse', `repository of ${name}: give the scope as { ${scope}: ... }, and nothing else`, {})
  }
  return checkKey(name, scope, value[scope])
}
