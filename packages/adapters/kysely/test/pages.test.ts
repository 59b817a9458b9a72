import { describe, expect, test } from 'vitest'
import { explained, scans } from './explained.ts'
import { type Opened, open } from './open.ts'
import { idOf, mine, ownIndex, pageSize, pages, pagesInAll, Ticket, visits } from './tickets.ts'

/** An order that turns, or has null in it, is looked for in so many ranges at the most, each with a page of rows. */
const ranges = 3

async function filled(last: number): Promise<Opened> {
  const opened = open({ entities: [Ticket], without: ['keyValue', 'outbox', 'idempotency'] })
  await opened.storage.schema.apply()
  const write = opened.raw.prepare(
    'insert into ticket ("tenantId", id, queue, status, rank, due) values (?, ?, ?, ?, ?, ?)',
  )
  opened.raw.exec('begin')
  for (let n = 1; n <= last; n++) {
    const due = n % (last / 10) < (last * 3) / 100 ? null : new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString()
    const status = n % 3 === 0 ? 'open' : 'closed'
    write.run(`tenant-${n % 2}`, idOf(n), `queue-${Math.floor((n * 10) / last)}`, status, n % 1_000, due)
  }
  opened.raw.exec(`commit; ${ownIndex}`)
  return opened
}

describe('pages', () => {
  test('visit each row once and in order, also where they are looked for in ranges', async () => {
    const { storage } = await filled(600)
    expect(await storage.repository(Ticket, mine).count()).toBe(300)
    for await (const { name, visited, all } of visits(storage)) expect(visited, name).toEqual(all)
  })

  test.each([false, true])(
    'read no more than a page of 100,000 rows, wherever it lies in the list; analyzed: %s',
    async (analyzed) => {
      const opened = await filled(100_000)
      const { raw, storage } = opened
      if (analyzed) raw.exec('analyze')
      const tickets = storage.repository(Ticket, mine)
      const whole = await explained(opened, () => tickets.find({ where: { id: { contains: 'none' } } }), {
        counting: true,
      })
      expect(whole.read, 'rows that are read and do not match are counted').toBe(50_000)
      let explainedPages = 0
      for await (const { name, page } of pages(storage, 100_000)) {
        explainedPages += 1
        const { plan, read } = await explained(opened, page, { counting: true })
        const text = `${name}\n${plan.join('\n')}`
        expect.soft(scans(plan), text).toEqual([])
        expect.soft(plan.join('\n'), text).toMatch(/SEARCH this USING INDEX/)
        // What is left of a position inside of the range that the index leads to is a row or two, not all that tie.
        expect.soft(read, `rows read by ${text}`).toBeLessThanOrEqual(ranges * (pageSize + 3))
      }
      expect(explainedPages).toBe(pagesInAll)
    },
  )
})
