import type { Json, JsonOf } from './json.ts'
import type { StandardSchema } from './standard-schema.ts'

/** The kinds of this version. An adapter that meets another one refuses it with `unsupported`. */
export type FieldKind = 'text' | 'integer' | 'float' | 'boolean' | 'instant' | 'one-of' | 'json'

/** A field as plain data. `kind` stays open: a newer copy of this package may know more kinds. */
export interface FieldData {
  readonly kind: string
  readonly nullable: boolean
  /**
   * What an insert that leaves the field out stores. Absent: it must be given, or is null where the field is nullable.
   */
  readonly default?: unknown
  /** Of 'one-of'. */
  readonly values?: readonly string[]
  /** Of 'json': what every write is validated with. */
  readonly schema?: StandardSchema
  /** Features beyond the baseline that the field asks of an adapter, for the definition's `needs`. */
  readonly needs?: readonly string[]
}

/** What the compiler knows of a field. */
export interface FieldTypes {
  kind: string
  /** What comes out. */
  value: unknown
  /** What may go in. */
  input: unknown
  /** Whether an insert may leave it out. */
  optional: boolean
}

/** A field of a definition, as `text()` and its like make it. */
export interface Field<T extends FieldTypes = FieldTypes> {
  readonly '~field': FieldData
  readonly '~types'?: T
}

/** A field that may still be made nullable, or given a default: one of the two. */
export interface FieldBuilder<K extends string, V, I = V>
  extends Field<{ kind: K; value: V; input: I; optional: false }> {
  /** The field may be null; an insert may leave it out, which stores null. */
  nullable(): Field<{ kind: K; value: V | null; input: I | null; optional: true }>
  /** What an insert that leaves the field out stores. Copied when the entity is defined. */
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

/**
 * Unicode text, returned exactly as given: '' is not null, 'x' is not 'x '. NUL and lone surrogates are refused with
 * `invalid-value`. A type argument brands it: `text<RoomId>()` with `type RoomId = string & { '~id'?: 'room' }`.
 */
export const text = <T extends string = string>(): FieldBuilder<'text', T> => field('text')
/** A safe integer (at most 2^53 - 1 either side of zero). Always a number, whatever the client's settings. */
export const integer = (): FieldBuilder<'integer', number> => field('integer')
/** A finite double. -0 becomes 0; NaN and the infinities are refused with `invalid-value`. */
export const float = (): FieldBuilder<'float', number> => field('float')
/** true or false, and nothing that is taken for it. */
export const boolean = (): FieldBuilder<'boolean', boolean> => field('boolean')
/** A moment with millisecond precision; comes out as {@link Instant}, takes {@link InstantInput}. */
export const instant = (): FieldBuilder<'instant', Instant, InstantInput> => field('instant')
/**
 * One of the given texts; any other is `invalid-value`. A stored value that is none of them is `invalid-stored-value`
 * when read.
 */
export const oneOf = <const V extends readonly [string, ...string[]]>(
  ...values: V
): FieldBuilder<'one-of', V[number]> => field('one-of', { values })

/**
 * Any JSON value, deeply equal after a round trip, to a depth of 64; what JSON can't hold (undefined, Date, Map,
 * bigint, functions, cycles) is `invalid-value`. Not usable in where, orderBy, unique, indexes or noOverlap. Its type
 * comes from the type argument, `json<Address>()`, or from a Standard Schema (https://standardschema.dev; zod, valibot,
 * arktype), `json(Address)`. With a schema every write is validated, and what the schema returns is stored; reads are
 * not.
 */
export function json<S extends StandardSchema>(
  schema: S & (OutputOf<S> extends JsonOf<OutputOf<S>> ? unknown : 'its values hold something that JSON cannot'),
): FieldBuilder<'json', OutputOf<S>>
// Not a default of the type parameter below: in an annotated definition that would be inferred as {}.
export function json(): FieldBuilder<'json', Json>
export function json<T extends { [K in keyof T]: JsonOf<T[K]> }>(): FieldBuilder<'json', T>
export function json(schema?: StandardSchema): FieldBuilder<'json', unknown> {
  return field('json', schema && { schema })
}
type OutputOf<S> = S extends StandardSchema<unknown, infer O> ? O : never
