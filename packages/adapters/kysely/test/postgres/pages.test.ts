import { defineEntity, instant, integer, oneOf, text } from '@portolan/ports'
import type { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { type Explained, explained } from './explained.ts'
import { type Opened, onPostgres, type Place } from './place.ts'

const Ticket = defineEntity({
  name: 'ticket',
  scope: 'tenantId',
  fields: { queue: text(), status: oneOf('open', 'closed'), rank: integer(), due: instant().nullable() },
  indexes: { byDue: ['queue', 'due'], byStatus: ['status', 'rank'] },
})
const mine = { tenantId: 'tenant-0' }
const pageSize = 50
/** An index row leads anywhere in the table, and an order that turns is looked for in three ranges. */
const constant = 3 * (pageSize + 1 + 10)

interface Query {
  readonly where?: { readonly [field: string]: unknown }
  readonly orderBy?: { readonly [field: string]: 'asc' | 'desc' }
}

/** A scope with half of the rows, ties by the thousand and by half a million, nulls by the ten thousand. */
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
}

/** Definitions declare no index for orders that turn. With one of the user's own they are like the others. */
const ownIndex = 'create index ticket_own on ticket ("tenantId", status, rank desc, id desc)'
const turning: Record<string, Query> = {
  'one ascending, one descending': { orderBy: { status: 'asc', rank: 'desc' } },
  'the other way round': { orderBy: { status: 'desc', rank: 'asc' } },
}

/** Rows at both ends and in the middle, with and without `due`, of either status. */
const positions = (last: number): number[] => [2, 6, last / 2, last / 2 + 4, (last * 11) / 20, last - 4, last - 2]
const idOf = (row: number): string => `id-${String(row).padStart(7, '0')}`

onPostgres((place) => {
  const opened = async (): Promise<Opened> => {
    const options = `${place.config.options} -c maintenance_work_mem=256MB`
    const ready = place.open({
      entities: [Ticket],
      without: ['keyValue', 'outbox', 'idempotency'],
      timeoutMs: 60_000,
      pool: { options },
    })
    await ready.storage.schema.apply()
    return ready
  }

  describe('pages', () => {
    test('visit each row once and in order, also where they are looked for in ranges', async () => {
      const ready = await opened()
      await fill(place, ready, 1, 600)
      const tickets = ready.storage.repository(Ticket, mine)
      for (const [name, { where = {}, orderBy = {} }] of Object.entries({ ...queries, ...turning })) {
        const visited: string[] = []
        for (let cursor: string | null | undefined; cursor !== null; ) {
          const page = await tickets.page({ where, orderBy, limit: 17, cursor: cursor ?? null } as never)
          visited.push(...page.items.map(({ id }) => id))
          cursor = page.nextCursor
        }
        const rows = await tickets.find({ where, orderBy } as never)
        expect(visited, name).toEqual(rows.map(({ id }) => id))
      }
    })

    test('cost at 1,000,000 rows what they cost at 1,000, wherever they lie in the list', async () => {
      const ready = await opened()
      await fill(place, ready, 1, 1_000)
      const few = await pagesOf(place.client, ready, 1_000)
      await fill(place, ready, 1_001, 1_000_000)
      const many = await pagesOf(place.client, ready, 1_000_000)
      expect(many.size).toBe((Object.keys(queries).length + Object.keys(turning).length) * 8)
      for (const [name, plan] of many) {
        const less = few.get(name)?.pages
        expect.soft(plan.scanned, `${name}\n${plan.text}`).toEqual([])
        expect.soft(plan.indexes.length, `${name}\n${plan.text}`).toBeGreaterThan(0)
        expect.soft(plan.sorted, `rows sorted by ${name}\n${plan.text}`).toBeLessThanOrEqual(pageSize + 1)
        expect.soft(plan.pages, `pages touched by ${name}, of 1,000 rows ${less}\n${plan.text}`).toBeLessThan(constant)
      }
    }, 60_000)
  })
})

/** Rows are made without their indexes, which come afterwards: that takes a fifth of the time. */
async function fill({ client, schema }: Place, { storage }: Opened, first: number, last: number): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select indexname as name from pg_indexes where schemaname = $1 and tablename = 'ticket' and indexname <> 'ticket_pkey'`,
    [schema],
  )
  for (const { name } of rows) await client.query(`drop index "${name}"`)
  await client.query(`alter table ticket set unlogged, drop constraint ticket_pkey`)
  await client.query(
    `insert into ticket ("tenantId", id, queue, status, rank, due)
      select 'tenant-' || n % 2, 'id-' || lpad(n::text, 7, '0'), 'queue-' || n * 10 / $2,
        case when n % 3 = 0 then 'open' else 'closed' end, n % 1000,
        case when n % ($2 / 10) < $2 * 3 / 100 then null else timestamptz '2026-01-01' + n * interval '1 minute' end
      from generate_series($1::int, $2::int) as n`,
    [first, last],
  )
  await client.query(`set maintenance_work_mem = '256MB'`)
  await client.query('alter table ticket add primary key ("tenantId", id)')
  await Promise.all([storage.schema.apply(), client.query(ownIndex)])
  await client.query('analyze ticket')
}

/** Plans of the first page of each query and of those behind the positions, by name. */
async function pagesOf(client: Client, opened: Opened, last: number): Promise<Map<string, Explained>> {
  const tickets = opened.storage.repository(Ticket, mine)
  const plans = new Map<string, Explained>()
  for (const [name, { where = {}, orderBy = {} }] of Object.entries({ ...queries, ...turning })) {
    const explain = async (from: string, cursor: string | null): Promise<void> => {
      const call = () => tickets.page({ where, orderBy, limit: pageSize, cursor } as never)
      const [plan] = await explained(client, opened, call)
      if (plan) plans.set(`${name}, ${from}`, plan)
    }
    await explain('from the beginning', null)
    for (const [index, row] of positions(last).entries()) {
      // A page of two rows alone ends at the first of them, and says where that is in the order.
      const two = { id: { in: [idOf(row), idOf(row + 2), idOf(row - 2)] } }
      const { nextCursor } = await tickets.page({ where: two, orderBy, limit: 1 } as never)
      await explain(`behind position ${index}`, nextCursor)
    }
  }
  return plans
}
