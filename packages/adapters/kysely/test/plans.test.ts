import { describe, expect, test } from 'vitest'
import { aBooking, Booking, Flag, hour, tenant } from './entities.ts'
import { explained, scans } from './explained.ts'
import { type Opened, openReady } from './open.ts'

const planOf = async (opened: Opened, call: () => Promise<unknown>): Promise<readonly string[]> =>
  (await explained(opened, call)).plan

async function filled(analyzed: boolean): Promise<Opened> {
  const opened = await openReady()
  const bookings = opened.storage.repository(Booking, tenant)
  const rows = Array.from({ length: 300 }, (_, index) => aBooking(index, { id: `id-${index}`, code: `code-${index}` }))
  await bookings.insertMany(rows)
  if (analyzed) opened.raw.exec('analyze')
  return opened
}

describe.each([true, false])('plans, where the tables were analyzed: %s', (analyzed) => {
  test.each([
    { direction: 'asc', bound: '>' },
    { direction: 'desc', bound: '<' },
  ] as const)(
    'a page in the middle begins to read at its position in the declared index: $direction',
    async ({ direction, bound }) => {
      const opened = await filled(analyzed)
      const bookings = opened.storage.repository(Booking, tenant)
      const query = { where: { roomId: 'room' }, orderBy: { startsAt: direction }, limit: 10 } as const
      const first = await bookings.page(query)
      const plan = await planOf(opened, () => bookings.page({ ...query, cursor: first.nextCursor }))
      expect(plan).toEqual([
        `SEARCH this USING INDEX booking_byRoom_index (tenantId=? AND roomId=? AND (startsAt,id)${bound}(?,?))`,
      ])
    },
  )

  test('pages by id read the primary key', async () => {
    const opened = await filled(analyzed)
    const bookings = opened.storage.repository(Booking, tenant)
    const first = await bookings.page({ limit: 10 })
    const plan = await planOf(opened, () => bookings.page({ limit: 10, cursor: first.nextCursor }))
    expect(plan.join('\n')).toMatch(/SEARCH this USING INDEX sqlite_autoindex_booking_1 \(tenantId=\? AND id>\?\)/)
    expect(plan.join('\n')).not.toMatch(/TEMP B-TREE/)
  })

  test('an insert looks at keys and rules by their indexes', async () => {
    const opened = await filled(analyzed)
    const bookings = opened.storage.repository(Booking, tenant)
    const plan = await planOf(opened, () => bookings.insert({ ...aBooking(500), code: 'new' }))
    expect(scans(plan)).toEqual([])
    expect(plan.join('\n')).toMatch(
      /SEARCH other USING COVERING INDEX sqlite_autoindex_booking_1 \(tenantId=\? AND id=\?\)/,
    )
    expect(plan.join('\n')).toMatch(/SEARCH other USING (COVERING )?INDEX booking_code_key \(tenantId=\? AND code=\?\)/)
    expect(plan.join('\n')).toMatch(/SEARCH other USING (COVERING )?INDEX booking_perRoom_rule \(.*endsAt>\?\)/)
    expect(plan.join('\n'), 'the nearest row is the first of the index').not.toMatch(/TEMP B-TREE/)
  })

  test('a move looks at the rule by its index, and leaves what it does not touch alone', async () => {
    const opened = await filled(analyzed)
    const bookings = opened.storage.repository(Booking, tenant)
    const plan = await planOf(opened, () => bookings.update('id-5', { startsAt: hour(600), endsAt: hour(601) }))
    expect(scans(plan)).toEqual([])
    expect(plan.join('\n')).toMatch(/SEARCH other USING (COVERING )?INDEX booking_perRoom_rule/)
    const lean = await planOf(opened, () => bookings.update('id-5', { guests: 7 }))
    expect(lean).toHaveLength(1)
  })

  test('insertMany looks at every row by the indexes', async () => {
    const opened = await filled(analyzed)
    const bookings = opened.storage.repository(Booking, tenant)
    const rows = [aBooking(700, { code: 'a' }), aBooking(701, { code: 'b' })]
    const plan = await planOf(opened, () => bookings.insertMany(rows))
    expect(scans(plan)).toEqual([])
    expect(plan.join('\n')).toMatch(/booking_code_key[\s\S]*booking_perRoom_rule/)
  })

  test('a prefix and a natural key are searched for by their index', async () => {
    const opened = await filled(analyzed)
    const flags = opened.storage.repository(Flag)
    const prefix = await planOf(opened, () => flags.find({ where: { label: { startsWith: 'a%_' } } }))
    expect(prefix.join('\n')).toMatch(/SEARCH this USING INDEX flag_byLabel_index \(label>\? AND label<\?\)/)
    const bookings = opened.storage.repository(Booking, tenant)
    const key = await planOf(opened, () => bookings.getBy('code', { code: 'code-5' }))
    expect(key.join('\n')).toMatch(/SEARCH this USING INDEX booking_code_key \(tenantId=\? AND code=\?\)/)
  })

  test('the outbox is claimed in the order of its index', async () => {
    const opened = await filled(analyzed)
    const outbox = opened.storage.outbox()
    await outbox.enqueue(Array.from({ length: 300 }, (_, payload) => ({ topic: 'topic', payload })))
    if (analyzed) opened.raw.exec('analyze')
    const plan = await planOf(opened, () => outbox.claim({ limit: 10, leaseMs: 1_000 }))
    expect(plan.join('\n')).toMatch(/SEARCH this USING (COVERING )?INDEX portolan_outbox_message_byState_index/)
    expect(plan.join('\n')).not.toMatch(/USE TEMP B-TREE FOR ORDER BY/)
  })
})
