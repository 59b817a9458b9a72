import type { TypesIn, Where } from '@portolan/ports'
import { equal, same, show } from './assert.ts'
import type { World } from './case.ts'
import { matchesFilter, sorted } from './reference-order.ts'
import { idsOf } from './sample-rows.ts'
import { Account } from './standard-entities.ts'

export type AccountWhere = Where<TypesIn<typeof Account>>

/** Expects the rows that the reference picks, from find by one client and from count by the other. */
export async function expectMatches(
  { a, b }: Pick<World, 'a' | 'b'>,
  rows: readonly Account[],
  where: AccountWhere,
): Promise<void> {
  const matching = rows.filter((row) => matchesFilter(row, where))
  const expected = sorted(matching, []).map(({ id }) => id)
  same(await idsOf(a.repository(Account).find({ where })), expected, `rows where ${show(where)}`)
  equal(await b.repository(Account).count({ where }), expected.length, `the count where ${show(where)}`)
}
