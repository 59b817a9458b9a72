import { kyselyStorage } from '@portolan/kysely'
import { defineEntity, integer, text } from '@portolan/ports'
import Database from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'

/**
 * What a call costs over the same statement through the host library, on SQLite in memory, where nothing else takes time.
 * `timeout: 0` spares the two pragmas that switch SQLite's own waiting off and on again around each call.
 * Figures vary from machine to machine and run to run: compare the columns of one run only.
 */
const Note = defineEntity({
  name: 'note',
  fields: { title: text(), body: text(), size: integer() },
  versioned: true,
})

interface Tables {
  note: { id: string; title: string; body: string; size: number; version: number }
}

const database = new Database(':memory:', { timeout: 0 })
const kysely = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) })
const storage = kyselyStorage(kysely, { entities: [Note] })
const notes = storage.repository(Note)
const rows = 2_000

async function measure(run: (index: number) => Promise<unknown>): Promise<number> {
  for (let index = 0; index < rows; index++) await run(index)
  const before = process.cpuUsage()
  for (let index = rows; index < 2 * rows; index++) await run(index)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / rows
}

async function compare(
  name: string,
  bare: (index: number) => Promise<unknown>,
  ours: (index: number) => Promise<unknown>,
) {
  const host = await measure(bare)
  const port = await measure(ours)
  console.log(
    `${name.padEnd(24)} ${host.toFixed(1).padStart(8)} ${port.toFixed(1).padStart(8)} ${(port - host).toFixed(1).padStart(8)}`,
  )
}

const values = (index: number) => ({ title: `Note ${index}`, body: 'x'.repeat(100), size: index })

await storage.schema.apply()
console.log('CPU microseconds per call   Kysely Portolan     more')
await compare(
  'insert',
  (index) =>
    kysely
      .insertInto('note')
      .values({ id: `bare-${index}`, version: 1, ...values(index) })
      .returningAll()
      .executeTakeFirst(),
  (index) => notes.insert({ id: `ours-${index}`, ...values(index) }),
)
await compare(
  'get',
  (index) => kysely.selectFrom('note').selectAll().where('id', '=', `bare-${index}`).executeTakeFirst(),
  (index) => notes.get(`ours-${index}`),
)
await compare(
  'update with a version',
  (index) =>
    kysely
      .updateTable('note')
      .set((change) => ({ size: 1, version: change('version', '+', 1) }))
      .where('id', '=', `bare-${index}`)
      .where('version', '=', 1)
      .returningAll()
      .executeTakeFirst(),
  (index) => notes.update(`ours-${index}`, { size: 1 }, { version: 1 }),
)
await compare(
  'page of 50',
  () => kysely.selectFrom('note').selectAll().where('id', '>', 'bare-1').orderBy('id').limit(50).execute(),
  () => notes.page({ where: { id: { gt: 'bare-1' } }, limit: 50 }),
)
await storage.close()
await kysely.destroy()
