import type { EntityTypes, OrderBy, RowOf, TransactionRepository, Where } from '@portolan/ports'
import type { PaginatedResult, Pagination } from './model.ts'

interface List<T extends EntityTypes> {
  readonly where: Where<T>
  readonly orderBy: OrderBy<T>
}

/** A page where one is asked for, else everything: the host's services read `items` of an unpaged list and take it for all. */
export async function listed<T extends EntityTypes, Host>(
  repository: TransactionRepository<T>,
  list: List<T>,
  pagination: Pagination | undefined,
  asHost: (row: RowOf<T>) => Host,
): Promise<PaginatedResult<Host>> {
  if (!pagination) return { items: ((await repository.find(list)) as RowOf<T>[]).map(asHost) }
  const { limit, cursor } = pagination
  const { items, nextCursor } = await repository.page({ ...list, limit, cursor })
  return { items: (items as RowOf<T>[]).map(asHost), ...(nextCursor !== null && { nextCursor }) }
}
