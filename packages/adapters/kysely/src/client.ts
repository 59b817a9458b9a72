import { type Expression, type ExpressionBuilder, expressionBuilder, type Kysely, type SqlBool } from 'kysely'

export interface Columns {
  [column: string]: unknown
}

/** Tables are known at run time alone, so for Kysely's types every name is one. */
export interface Tables {
  [table: string]: Columns
}

/** A Kysely instance, connection or transaction, without the user's plugins: names and values pass as they are. */
export type Client = Kysely<Tables>

export const eb: ExpressionBuilder<Tables, string> = expressionBuilder<Tables, string>()

export type Condition = Expression<SqlBool>

export function every(conditions: readonly Condition[]): Condition {
  return eb.and([...conditions])
}
