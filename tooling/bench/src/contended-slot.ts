import { kyselyStorage } from '@portolan/kysely'
import { steadyPool } from '@portolan/kysely/pg-pool'
import { defineEntity, instant, isStorageError, oneOf, text } from '@portolan/ports'
import { isFound, postgres15, postgres18 } from '@portolan-tooling/test-servers'
import { Kysely, PostgresDialect } from 'kysely'
import { Pool } from 'pg'

/**
 * 16 racers on two pools want one slot of one room, again and again: how many of them are answered in a second. Through Portolan with prepared
 * statements and without, by the bare statement on the same table, and by the bare statement with the question that names the row in the way, which
 * Portolan answers as well. Rounds take turns; figures vary from run to run, so the ratios are what counts.
 */
const Booking = defineEntity({
  name: 'booking',
  fields: { roomId: text(), startsAt: instant(), endsAt: instant(), status: oneOf('confirmed', 'cancelled') },
  noOverlap: {
    perRoom: { within: ['roomId'], from: 'startsAt', until: 'endsAt', where: { status: 'confirmed' } },
  },
  versioned: true,
})

const racers = 16
const rounds = 60
const repeats = 9

let slots = 0
function nextSlot() {
  slots += 1
  const at = Date.UTC(2026, 0, 1) + slots * 3_600_000
  return {
    roomId: 'room',
    startsAt: new Date(at).toISOString(),
    endsAt: new Date(at + 3_600_000).toISOString(),
    status: 'confirmed' as const,
  }
}

type Slot = ReturnType<typeof nextSlot>

const statement = `insert into booking (id, "roomId", "startsAt", "endsAt", status, version)
  values ($1, $2, $3, $4, $5, 1) on conflict do nothing returning *`

const question = `select id from booking where "roomId" = $1 and status = 'confirmed'
  and tstzrange(least("startsAt", "endsAt"), "endsAt", '[)') && tstzrange($2, $3, '[)') limit 1`

/** Answers per second, where each round has one winner. */
async function throughput(attempt: (racer: number, slot: Slot) => Promise<boolean>): Promise<number> {
  const before = performance.now()
  for (let round = 0; round < rounds; round++) {
    const slot = nextSlot()
    const won = await Promise.all(Array.from({ length: racers }, (_, racer) => attempt(racer, slot)))
    if (won.filter(Boolean).length !== 1) throw new Error('a round had not exactly one winner')
  }
  return (rounds * racers * 1_000) / (performance.now() - before)
}

function median(values: readonly number[]): number {
  return [...values].sort((one, two) => one - two)[Math.floor(values.length / 2)] ?? Number.NaN
}

for (const start of [postgres15, postgres18]) {
  const server = await start({ own: true })
  if (!isFound(server)) {
    console.log(`NOT RUN: ${server.missing}`)
    continue
  }
  const place = await server.createPlace()
  const clientsOf = (prepare: boolean) =>
    [1, 2].map(() => {
      const pool = steadyPool(new Pool({ connectionString: place, max: racers / 2 }), { prepare })
      const kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
      return { pool, kysely, storage: kyselyStorage(kysely, { entities: [Booking] }) }
    })
  const plain = clientsOf(false)
  const preparing = clientsOf(true)
  await plain[0]?.storage.schema.apply()
  const bare = async (racer: number, { roomId, startsAt, endsAt, status }: Slot): Promise<boolean> => {
    const values = [crypto.randomUUID(), roomId, startsAt, endsAt, status]
    const { rowCount } = (await plain[racer % 2]?.pool.query(statement, values)) ?? {}
    return rowCount === 1
  }
  const bareWithQuestion = async (racer: number, slot: Slot): Promise<boolean> => {
    if (await bare(racer, slot)) return true
    await plain[racer % 2]?.pool.query(question, [slot.roomId, slot.startsAt, slot.endsAt])
    return false
  }
  const ours =
    (clients: typeof plain) =>
    async (racer: number, slot: Slot): Promise<boolean> => {
      try {
        await clients[racer % 2]?.storage.repository(Booking).insert(slot)
        return true
      } catch (error) {
        if (isStorageError(error, 'overlap')) return false
        throw error
      }
    }
  const ways = [bare, bareWithQuestion, ours(plain), ours(preparing)]
  for (const way of ways) await throughput(way)
  const measured: number[][] = []
  for (let repeat = 0; repeat < repeats; repeat++) {
    const figures: number[] = []
    for (const way of ways) figures.push(await throughput(way))
    measured.push(figures)
  }
  const figure = (way: number): string => median(measured.map((figures) => figures[way] ?? 0)).toFixed(0)
  const ratio = (way: number): string =>
    median(measured.map((figures) => (figures[way] ?? 0) / (figures[0] ?? 0))).toFixed(2)
  const deadlocks = [...((await server.log()) ?? '').matchAll(/deadlock detected/g)].length
  const lines = ['bare statement', "with the losers' question", 'Portolan', 'Portolan, prepared'].map(
    (name, way) => `  ${name.padEnd(26)} ${figure(way).padStart(6)}  ${ratio(way)}`,
  )
  console.log([`${server.version}, answers per second; deadlocks: ${deadlocks}`, ...lines].join('\n'))
  for (const { kysely, storage } of [...plain, ...preparing]) {
    await storage.close()
    await kysely.destroy()
  }
  await server.stop()
}
