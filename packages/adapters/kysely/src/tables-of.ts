import type { AnyEntity, EntityTypes, RowOf, Show, TypesIn } from '@portolan/ports'
import type { Mapping } from '@portolan/sql-kit'
import type { ColumnType } from 'kysely'
import type { DialectName } from './options.ts'

/**
 * The tables of entities in Kysely's terms, for your own queries on them. As an interface they have a short name in the
 * compiler's errors: `interface Tables extends TablesOf<[typeof Booking], 'postgres'> {}`. Those of the ports come in like any
 * other (`typeof OutboxMessage`). With the type of a mapping, declared `as const`, tables and columns have its names.
 *
 * Values are what the client itself gives and takes: pg with its own type parsers on Postgres, better-sqlite3 or node:sqlite on
 * SQLite. Inserts must give all but nullable columns, since ids, versions, times and defaults are filled in by Portolan alone;
 * an update of your own must count `version` up, or others overwrite it unseen.
 */
export type TablesOf<
  Entities extends readonly AnyEntity[],
  Dialect extends DialectName,
  Names extends Mapping & Spelled<Names> = Record<never, never>,
> = {
  [T in TypesIn<Entities[number]> as TableName<T, Names>]: Show<{
    [Field in keyof RowOf<T> & string as ColumnName<T, Field, Names>]: Dialect extends 'postgres'
      ? PostgresColumn<T, Field, RowOf<T>[Field]>
      : SqliteColumn<T, Field, RowOf<T>[Field]>
  }>
}

/** timestamptz: pg gives a Date in the milliseconds that are stored. As text it takes ISO 8601. */
export type PostgresInstant = ColumnType<Date, Date | string, Date | string>

/** bigint: pg gives text, since a number could not hold all of them. */
export type PostgresInteger = ColumnType<string, string | number | bigint, string | number | bigint>

/** A field of numbers, whose type does not tell integers (text, as pg gives them) from floats (a number). */
export type PostgresNumber = ColumnType<string | number, string | number | bigint, string | number | bigint>

/** jsonb: parsed when it comes out, and text when it goes in, since pg would make an array of Postgres's of one of JSON's. */
type Json<Value, Text> = ColumnType<Value, Text, Text>

type PostgresColumn<T extends EntityTypes, Field, Value> = Field extends T['instants'] | 'createdAt' | 'updatedAt'
  ? PostgresInstant | Extract<Value, null>
  : Field extends T['json']
    ? Json<Value, string | NullOf<T, Field, Value>>
    : Field extends 'version'
      ? PostgresInteger
      : [Value] extends [number | null]
        ? PostgresNumber | Extract<Value, null>
        : Value

type SqliteColumn<T extends EntityTypes, Field, Value> = Field extends T['json']
  ? string | NullOf<T, Field, Value>
  : [Value] extends [boolean | null]
    ? 0 | 1 | Extract<Value, null>
    : Value

/** null where the column takes it: JSON may be null by itself, in a field that may not. */
type NullOf<T extends EntityTypes, Field, Value> = Field extends T['optional'] ? Extract<Value, null> : never

type TableName<T extends EntityTypes, Names> = Names extends {
  readonly [N in T['name']]: { readonly table: infer Table extends string }
}
  ? Table
  : T['name']

type ColumnName<T extends EntityTypes, Field extends string, Names> = Names extends {
  readonly [N in T['name']]: { readonly fields: { readonly [F in Field]: infer Column extends string } }
}
  ? Column
  : Field

/** A mapping of which the compiler knows every name. */
type Spelled<Names> = {
  readonly [Entity in keyof Names]: {
    readonly [Option in keyof Names[Entity]]: Option extends 'fields'
      ? { readonly [Field in keyof Names[Entity][Option]]: Literal<Names[Entity][Option][Field]> }
      : Literal<Names[Entity][Option]>
  }
}

type Literal<Name> = string extends Name ? 'a mapping must be declared "as const", so that its names are known' : Name
