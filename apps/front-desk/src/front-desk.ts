import type { Desk } from './desk.ts'
import type { AnyStorage } from './domain/any-storage.ts'
import { demoRooms, demoTenant } from './domain/demo.ts'
import { seedRooms } from './domain/rooms.ts'
import { createApp } from './http/app.ts'
import { listen } from './http/listen.ts'
import { createDeliveryLog } from './relay/delivery-log.ts'
import { type Relay, startRelay } from './relay/relay.ts'
import { openStorages } from './storages/storages.ts'

export interface FrontDeskOptions {
  /** Where files are kept; made when it is missing. */
  readonly folder: string
  readonly port: number
  readonly log: (line: string) => void
  /** Opens a desk on Postgres as well, in a schema of its own. */
  readonly postgresUrl?: string | undefined
  /** Opens a desk on Redis as well, under keys of its own. */
  readonly redisUrl?: string | undefined
  /** How long a request waits for its storage before it is told to come again. Default 5,000. */
  readonly timeoutMs?: number
}

export interface FrontDesk {
  readonly address: string
  /** The server first, so that nothing new comes in; then the relays; the storages last. */
  close(): Promise<void>
}

const graceMs = 3000

export async function openFrontDesk(options: FrontDeskOptions): Promise<FrontDesk> {
  const { folder, port, log, postgresUrl, redisUrl, timeoutMs = 5000 } = options
  const storages = openStorages({ folder, timeoutMs, postgresUrl, redisUrl })
  const relays: Relay[] = []
  const closeBackstage = async () => {
    await Promise.all(relays.map((relay) => relay.stop()))
    await Promise.all(storages.map((opened) => opened.close()))
  }
  try {
    const desks: Desk[] = []
    for (const { name, title, subtitle, place, storage, checkThenInsert, prepare } of storages) {
      const added = await furnish(storage, prepare).catch((error: unknown) => {
        throw new Error(`${place}: ${error instanceof Error ? error.message : error}`, { cause: error })
      })
      log(`[${name}] ready${added > 0 ? `, with ${added} rooms for the tenant "${demoTenant}"` : ''}`)
      const deliveries = createDeliveryLog((line) => log(`[${name}] ${line}`))
      relays.push(
        startRelay(storage.outbox(), {
          deliver: deliveries.deliver,
          report: (sentence) => log(`[${name}] relay: ${sentence}`),
        }),
      )
      desks.push({ name, title, subtitle, storage, deliveries, checkThenInsert })
    }
    const app = createApp({ desks, report: (sentence, error) => log(`${sentence}\n${describe(error)}`) })
    const server = await listen(app, port, log)
    return {
      address: `http://127.0.0.1:${server.port}`,
      close: async () => {
        await server.close(graceMs)
        await closeBackstage()
      },
    }
  } catch (error) {
    await closeBackstage()
    throw error
  }
}

/** Returns how many rooms it has added. */
async function furnish(storage: AnyStorage, prepare: () => Promise<void>): Promise<number> {
  await prepare()
  return await seedRooms(storage, demoTenant, demoRooms)
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
