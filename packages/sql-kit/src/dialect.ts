import type { Scalar, StoredField } from '@portolan/adapter-kit'

/** What differs between databases in the text and values of statements. */
export interface SqlDialect {
  readonly name: 'sqlite' | 'postgres'
  /** Bytes of a table's or column's name as UTF-8. */
  readonly maximumNameBytes: number
  /** Whether names that differ in ASCII letter case alone are one name, even when quoted. */
  readonly foldsNames: boolean
  /** Why the database itself would refuse the name of a table; null when it would not. */
  readonly refusesTable: (table: string) => string | null
  /** The same of a column. */
  readonly refusesColumn: (column: string) => string | null
  readonly quote: (name: string) => string
  /** The type that our own tables give a field. */
  readonly columnType: (field: StoredField) => string
  /**
   * What a statement selects to read a column, given as a quoted reference to it: a form that no type parser of the client and
   * no setting of the session can spoil. `decode` reads it.
   */
  readonly selected: (field: StoredField, column: string) => string
  /** A stored value as the client binds it. */
  readonly encode: (value: Scalar) => unknown
  /** What came out of the database as a stored value; what can't be converted exactly is handed on as it is. */
  readonly decode: (field: StoredField, value: unknown) => Scalar
  /** A value as SQL text, for statements that are kept by the database and so have no parameters. */
  readonly literal: (value: Scalar) => string
  /** Whether a text occurs in another, by code point and without wildcards. Both are SQL text. */
  readonly occurs: (text: string, sought: string) => string
}
