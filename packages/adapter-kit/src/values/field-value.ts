import type { FieldData } from '@portolan/ports'
import { refuse } from '../errors.ts'
import type { Scalar, StoredField } from '../spi/index.ts'
import { isInstant, toInstant } from './instant.ts'
import { toJsonText } from './json.ts'
import { checkText, describe, isStorable } from './text.ts'

/** The stored form of a value given for a field, or `invalid-value` with entity, field and reason. undefined is no value. */
export function encodeValue(entity: string, name: string, field: StoredField, value: unknown): Scalar {
  const bad = (why: string): never => refuse('invalid-value', `${entity}.${name} ${why}`, { entity, field: name })
  if (value === null) return field.nullable ? null : bad('may not be null')
  switch (field.kind) {
    case 'text':
      return checkText(entity, name, value)
    case 'one-of':
      if (typeof value === 'string' && field.values?.includes(value)) return value
      return bad(`must be one of ${field.values?.join(', ')}`)
    case 'integer':
      if (Number.isSafeInteger(value)) return (value as number) + 0
      return bad(`must be a safe integer, but is ${typeof value === 'number' ? 'none' : describe(value)}`)
    case 'float':
      if (Number.isFinite(value)) return (value as number) + 0
      return bad(`must be a finite number, but is ${describe(value)}`)
    case 'boolean':
      return typeof value === 'boolean' ? value : bad(`must be true or false, but is ${describe(value)}`)
    case 'instant':
      return (
        toInstant(value) ??
        bad(
          'must be an instant: a Date, a Temporal.Instant, or text such as 2026-01-31T09:00:00.000Z, years 0001 to 9999',
        )
      )
    case 'json':
      return toJsonText(entity, name, value)
  }
}

/** What a json field's schema makes of a value; its complaints are `invalid-value`. */
export async function applySchema(
  entity: string,
  name: string,
  data: FieldData | undefined,
  value: unknown,
): Promise<unknown> {
  if (!data?.schema || value === null) return value
  const validate = data.schema['~standard'].validate
  const result = await validate(value)
  if (!result.issues) return result.value
  const reasons = result.issues.slice(0, 3).map(({ message }) => message)
  return refuse('invalid-value', `${entity}.${name} does not fit its schema: ${reasons.join('; ')}`, {
    entity,
    field: name,
  })
}

/** Whether a value that came from the store fits its field, in stored form. */
export function fitsField(field: StoredField, value: unknown): boolean {
  if (value === null) return field.nullable
  switch (field.kind) {
    case 'text':
      return typeof value === 'string' && isStorable(value)
    case 'one-of':
      return typeof value === 'string' && field.values?.includes(value) === true
    case 'integer':
      return Number.isSafeInteger(value)
    case 'float':
      return Number.isFinite(value)
    case 'boolean':
      return typeof value === 'boolean'
    case 'instant':
      return isInstant(value)
    case 'json':
      return typeof value === 'string'
  }
}

/** The value as users see it: json parsed, -0 as 0, the rest as stored. */
export function decodeValue(entity: string, id: string, name: string, field: StoredField, value: unknown): unknown {
  if (fitsField(field, value)) {
    if (field.kind !== 'json' || value === null) return typeof value === 'number' ? value + 0 : value
    try {
      return JSON.parse(value as string)
    } catch {
      // Falls through to the refusal: text that is no JSON does not fit either.
    }
  }
  return refuse(
    'invalid-stored-value',
    `${entity} ${id}: the stored ${name} does not fit its field (${field.kind}${field.nullable ? ', nullable' : ''}); something else wrote it`,
    { entity, id, field: name },
  )
}
