import {
  type Expression,
  type ExpressionBuilder,
  expressionBuilder,
  type Kysely,
  type SelectQueryBuilder,
  type SqlBool,
} from 'kysely'

export interface Columns {
  [column: string]: unknown
}

/** Tables are known at run time alone, so for Kysely's types every name is one. */
export interface Tables {
  [table: string]: Columns
}

/** A Kysely instance, connection or transaction, without the user's plugins: names and values pass as they are. */
export type Client = Kysely<Tables>

/** A query of rows, whatever it selects. */
export type Rows = SelectQueryBuilder<Tables, string, Columns>

export const eb: ExpressionBuilder<Tables, string> = expressionBuilder<Tables, string>()

export type Condition = Expression<SqlBool>

/** More conditions than this in a row are grouped, and the groups again. */
const inARow = 100

/**
 * Conditions joined by "and" or "or". SQLite bounds the depth of an expression (1,000), and a long row of conditions is as deep
 * as it is long; in groups of groups there is room for any number.
 */
function joined(conditions: readonly Condition[], join: (few: Condition[]) => Condition): Condition {
  if (conditions.length <= inARow) return join([...conditions])
  const groups: Condition[] = []
  for (let start = 0; start < conditions.length; start += inARow)
    groups.push(join(conditions.slice(start, start + inARow)))
  return joined(groups, join)
}

export function every(conditions: readonly Condition[]): Condition {
  return joined(conditions, (few) => eb.and(few))
}

export function some(conditions: readonly Condition[]): Condition {
  return joined(conditions, (few) => eb.or(few))
}
