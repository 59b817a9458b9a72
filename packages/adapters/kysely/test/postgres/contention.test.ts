import type { OperationEvent } from '@portolan/adapter-kit'
import { isStorageError } from '@portolan/ports'
import { postgresConfig } from '@portolan-tooling/test-servers'
import { postgresVersions, serverForTests } from '@portolan-tooling/test-servers/vitest'
import { describe, expect, test } from 'vitest'
import { aBooking, Booking, hour, tenant } from '../entities.ts'
import { type Opened, openStorage } from './place.ts'

const racers = 16
const rounds = 25

interface Racing {
  readonly clients: readonly [Opened, Opened]
  readonly events: OperationEvent[]
  /** All at once, on both clients in turn; how each ended: 'ok' or an error's code. */
  race(attempt: (client: Opened, racer: number) => Promise<unknown>): Promise<string[]>
  /** Statements sent so far, by their first word. */
  sent(word: string): number
}

describe.each(postgresVersions)('one slot that many want on %s', (_, version) => {
  const server = serverForTests(() => version({ own: true }))

  /** Runs races and then looks into the log of this server, which nobody else uses. */
  async function without(deadlocks: RegExp, work: (racing: Racing) => Promise<void>): Promise<void> {
    const config = postgresConfig(await server().createPlace())
    const events: OperationEvent[] = []
    const onOperation = (event: OperationEvent) => void events.push(event)
    const open = () => openStorage(config, { pool: { max: racers / 2 }, onOperation })
    const clients = [open(), open()] as const
    await clients[0].storage.schema.apply()
    const settled = async (attempt: Promise<unknown>): Promise<string> => {
      try {
        await attempt
        return 'ok'
      } catch (error) {
        if (isStorageError(error)) return error.code
        throw error
      }
    }
    try {
      await work({
        clients,
        events,
        race: (attempt) =>
          Promise.all(
            Array.from({ length: racers }, (_, racer) =>
              settled(attempt(racer % 2 === 0 ? clients[0] : clients[1], racer)),
            ),
          ),
        sent: (word) => clients.flatMap(({ sent }) => sent.filter(({ sql }) => sql.startsWith(word))).length,
      })
    } finally {
      for (const { close } of clients) await close()
    }
    const log = await server().log()
    expect(log).toContain('database system is ready')
    expect(log?.split('\n').filter((line) => deadlocks.test(line))).toEqual([])
  }

  test('inserts: one wins each round by one statement, the others are told who was in the way, and none waits for ever', () =>
    without(/deadlock/, async ({ clients, events, race, sent }) => {
      await race(({ storage }) => storage.repository(Booking, tenant).count())
      events.length = 0
      for (const { sent } of clients) sent.length = 0
      for (let round = 0; round < rounds; round++) {
        const outcomes = await race(({ storage }) => storage.repository(Booking, tenant).insert(aBooking(round)))
        expect(outcomes.filter((outcome) => outcome === 'ok')).toHaveLength(1)
        expect(outcomes.filter((outcome) => outcome === 'overlap')).toHaveLength(racers - 1)
      }
      const inserts = events.filter(({ operation }) => operation === 'insert')
      expect(inserts).toHaveLength(rounds * racers)
      expect(new Set(inserts.map(({ attempts }) => attempts))).toEqual(new Set([1]))
      // One statement each, and a second one for those who met the winner while they wrote.
      expect(sent('')).toBeGreaterThanOrEqual(rounds * racers)
      expect(sent('')).toBeLessThanOrEqual(rounds * (2 * racers - 1))
      expect(sent('with "asked"'), 'statements that ask and insert in one').toBe(sent(''))
      expect(await clients[0].storage.repository(Booking, tenant).count()).toBe(rounds)
    }))

  test('moves into it from elsewhere, beside inserts and cancellations', () =>
    without(/deadlock/, async ({ clients, events, race }) => {
      const bookings = clients[0].storage.repository(Booking, tenant)
      const own = (racer: number) => 1_000 + 2 * racer
      for (let racer = 0; racer < racers; racer++) await bookings.insert({ id: `${racer}`, ...aBooking(own(racer)) })
      events.length = 0
      for (let round = 0; round < rounds; round++) {
        const slot = { startsAt: hour(round), endsAt: hour(round + 1) }
        const outcomes = await race(({ storage }, racer) => {
          const mine = storage.repository(Booking, tenant)
          if (racer % 4 === 3) return mine.insert(aBooking(round))
          return mine.update(`${racer}`, slot)
        })
        expect(outcomes.filter((outcome) => outcome === 'ok')).toHaveLength(1)
        expect(outcomes.filter((outcome) => outcome === 'overlap')).toHaveLength(racers - 1)
        await bookings.updateMany({ where: { startsAt: hour(round) }, patch: { status: 'cancelled' } })
        for (const { id } of await bookings.find({ where: { status: 'cancelled', guests: 1 } }))
          if (id.length < 3) {
            const racer = Number(id)
            await bookings.update(id, { startsAt: hour(own(racer)), endsAt: hour(own(racer) + 1), status: 'confirmed' })
          } else await bookings.delete(id)
      }
      for (const { operation, outcome, attempts } of events)
        expect(attempts, `attempts of ${operation}: ${outcome}`).toBeLessThanOrEqual(2)
    }))
})
