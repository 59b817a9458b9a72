import { defineEntity, instant, integer, oneOf, type Ports, text } from '@portolan/ports'

/** Half of the rows are in another scope. Of a thousand and more they tie by the thousand and by the half, and many are null. */
export const Ticket = defineEntity({
  name: 'ticket',
  scope: 'tenantId',
  fields: { queue: text(), status: oneOf('open', 'closed'), rank: integer(), due: instant().nullable() },
  indexes: { byDue: ['queue', 'due'], byStatus: ['status', 'rank'] },
})
export const mine = { tenantId: 'tenant-0' }
export const pageSize = 50

export const idOf = (row: number): string => `id-${String(row).padStart(7, '0')}`

interface Query {
  readonly where?: { readonly [field: string]: unknown }
  readonly orderBy?: { readonly [field: string]: 'asc' | 'desc' }
}

const queries: Record<string, Query> = {
  'by id': {},
  'one field, with where': { where: { status: 'closed' }, orderBy: { rank: 'asc' } },
  'the same descending': { where: { status: 'closed' }, orderBy: { rank: 'desc' } },
  'two fields, of which the first has two values': { orderBy: { status: 'asc', rank: 'asc' } },
  'both descending': { orderBy: { status: 'desc', rank: 'desc' } },
  'a nullable field, with where': { where: { queue: 'queue-5' }, orderBy: { due: 'asc' } },
  'the same descending, nulls last': { where: { queue: 'queue-5' }, orderBy: { due: 'desc' } },
  'a nullable field behind another': { orderBy: { queue: 'asc', due: 'asc' } },
  'both of these descending': { orderBy: { queue: 'desc', due: 'desc' } },
  // Definitions declare no index for orders that turn. With one of the user's own they are like the others.
  'one ascending, one descending': { orderBy: { status: 'asc', rank: 'desc' } },
  'the other way round': { orderBy: { status: 'desc', rank: 'asc' } },
}
export const ownIndex = 'create index ticket_own on ticket ("tenantId", status, rank desc, id desc)'

/** Rows at both ends and in the middle, with and without `due`, of either status. */
const positions = (last: number): number[] => [2, 6, last / 2, last / 2 + 4, (last * 11) / 20, last - 4, last - 2]

/** How many `pages` gives. */
export const pagesInAll: number = Object.keys(queries).length * 8

/** The first page of each query and the pages behind the positions; what finds a position is sent before the page is given. */
export async function* pages(
  storage: Ports,
  last: number,
): AsyncIterable<{ readonly name: string; readonly page: () => Promise<unknown> }> {
  const tickets = storage.repository(Ticket, mine)
  for (const [name, { where = {}, orderBy = {} }] of Object.entries(queries)) {
    const page = (cursor: string | null) => () => tickets.page({ where, orderBy, limit: pageSize, cursor } as never)
    yield { name: `${name}, from the beginning`, page: page(null) }
    for (const [index, row] of positions(last).entries()) {
      // A page of two rows alone ends at the first of them, and says where that is in the order.
      const two = { id: { in: [idOf(row), idOf(row + 2), idOf(row - 2)] } }
      const { nextCursor } = await tickets.page({ where: two, orderBy, limit: 1 } as never)
      yield { name: `${name}, behind position ${index}`, page: page(nextCursor) }
    }
  }
}

/** The ids of each query as its pages give them, and as they are given all at once. */
export async function* visits(
  storage: Ports,
): AsyncIterable<{ readonly name: string; readonly visited: readonly string[]; readonly all: readonly string[] }> {
  const tickets = storage.repository(Ticket, mine)
  for (const [name, { where = {}, orderBy = {} }] of Object.entries(queries)) {
    const visited: string[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await tickets.page({ where, orderBy, limit: 17, cursor: cursor ?? null } as never)
      visited.push(...page.items.map(({ id }) => id))
      cursor = page.nextCursor
    }
    const rows = await tickets.find({ where, orderBy } as never)
    yield { name, visited, all: rows.map(({ id }) => id) }
  }
}
