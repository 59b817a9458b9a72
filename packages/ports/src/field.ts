import type { Json, JsonOf } from './json.ts'
import type { StandardSchema } from './standard-schema.ts'

/** The kinds of this version. An adapter that meets another one refuses it with `unsupported`. */
export type FieldKind = 'text' | 'integer' | 'float' | 'boolean' | 'instant' | 'one-of' | 'json'

/** A field as plain data. `kind` stays open: a newer copy of this package may know more kinds. */
export interface FieldData {
  readonly kind: string
  readonly nullable: boolean
  readonly default?: unknown
  readonly values?: readonly string[]
  readonly schema?: StandardSchema<never, unknown>
}

/** What the compiler knows of a field. */
export interface FieldTypes {
  kind: string
  value: unknown
  input: unknown
  optional: boolean
}

export interface Field<T extends FieldTypes = FieldTypes> {
  readonly '~field': FieldData
  readonly '~types'?: T
}

export interface FieldBuilder<K extends string, V, I = V> extends Field<{ kind: K; value: V; input: I; optional: false }> {
  /** The field may be null; an insert may leave it out, which stores null. */
  nullable(): Field<{ kind: K; value: V | null; input: I | null; optional: true }>
  /** What an insert that leaves the field out stores. */
  default(value: I): Field<{ kind: K; value: V; input: I; optional: true }>
}

/** ISO 8601, UTC, milliseconds, fixed width: '2026-01-31T09:00:00.000Z'. Years 0001 to 9999. */
export type Instant = string

/** What may be given where an instant is asked for. Temporal.Instant and Temporal.ZonedDateTime fit the last form. */
export type InstantInput = Instant | Date | { readonly epochMilliseconds: number }

function field<K extends string, V, I = V>(kind: K, more?: object): FieldBuilder<K, V, I> {
  const data: FieldData = { kind, nullable: false, ...more }
  return {
    '~field': data,
    nullable: () => ({ '~field': { ...data, nullable: true } }),
    default: (value: I) => ({ '~field': { ...data, default: value } }),
  }
}

/** Unicode text, returned exactly as given. NUL and lone surrogates are refused with `invalid-value`. */
export const text = <T extends string = string>(): FieldBuilder<'text', T> => field('text')
/** A safe integer (at most 2^53 - 1 either side of zero). Always a number, whatever the client's settings. */
export const integer = (): FieldBuilder<'integer', number> => field('integer')
/** A finite double. -0 becomes 0; NaN and the infinities are refused with `invalid-value`. */
export const float = (): FieldBuilder<'float', number> => field('float')
export const boolean = (): FieldBuilder<'boolean', boolean> => field('boolean')
/** A moment with millisecond precision; comes out as {@link Instant}, takes {@link InstantInput}. */
export const instant = (): FieldBuilder<'instant', Instant, InstantInput> => field('instant')
/** One of the given texts. A stored value that is none of them is `invalid-stored-value` when read. */
export const oneOf = <const V extends readonly [string, ...string[]]>(...values: V): FieldBuilder<'one-of', V[number]> =>
  field('one-of', { values })

/**
 * Any JSON value, deeply equal after a round trip, to a depth of 64. Not usable in where, orderBy, unique or indexes.
 * With a schema every write is validated (what the schema returns is stored); reads are not.
 */
export function json<S extends StandardSchema<never, unknown>>(
  schema: S & (OutputOf<S> extends JsonOf<OutputOf<S>> ? unknown : 'its values hold something that JSON cannot'),
): FieldBuilder<'json', OutputOf<S>>
export function json<T extends { [K in keyof T]: JsonOf<T[K]> } = Json>(): FieldBuilder<'json', T>
export function json(schema?: StandardSchema<never, unknown>): FieldBuilder<'json', unknown> {
  return field('json', schema && { schema })
}
type OutputOf<S> = S extends StandardSchema<never, infer O> ? O : never
