import type { Storage } from '@portolan/ports'
import type { BrokenDriver } from '../broken-driver.ts'
import { driverWith } from '../driver-with.ts'
import { portsWith } from '../storage-with.ts'

let probes = 0

/** How far the caller's clock is ahead of the store's, in milliseconds: by an entry that the store dates. */
async function ahead(storage: Storage<unknown>): Promise<number> {
  const probe = storage.keyValue('probe of a broken driver')
  const key = String(++probes)
  const ttlMs = 1_000_000_000
  await probe.set(key, '', { ttlMs })
  const entry = await probe.getEntry(key)
  await probe.delete(key)
  return entry?.expiresAt ? Date.parse(storage.now()) + ttlMs - Date.parse(entry.expiresAt) : 0
}

const isPeriod = (value: unknown): value is number => Number.isInteger(value) && Number(value) > 0

/** The period until the same moment, as somebody sees it whose clock is another one. */
async function shifted(storage: Storage<unknown>, milliseconds: number): Promise<number> {
  return Math.max(1, milliseconds + (await ahead(storage)))
}

/** With the store's clock in the stamps that are there. */
function stamped<Row extends object>(row: Row): Row {
  const stamps = ['createdAt', 'updatedAt'].filter((name) => name in row)
  return { ...row, ...Object.fromEntries(stamps.map((name) => [name, { clock: 0 }])) }
}

export const brokenTime: readonly BrokenDriver[] = [
  {
    name: 'the-callers-clock-decides',
    wrong: 'reckons the ends of entries and leases by the clock of whoever makes them',
    breaks: 'C1',
    cases: ['C1.ttl-by-the-store', 'C1.leases-by-the-store', 'C1.racing-reservers'],
    alsoBreaks: ['K5.clear-is-one-operation'],
    storage: (storage) =>
      portsWith(
        storage,
        {
          keyValue: (store) => ({
            async set(key, value, options) {
              const { ttlMs } = options ?? {}
              if (!isPeriod(ttlMs)) return store.set(key, value, options)
              return store.set(key, value, { ...options, ttlMs: await shifted(storage, ttlMs) } as typeof options)
            },
          }),
          outbox: (outbox) => ({
            async claim(options) {
              if (!isPeriod(options.leaseMs)) return outbox.claim(options)
              return outbox.claim({ ...options, leaseMs: await shifted(storage, options.leaseMs) })
            },
          }),
          idempotency: (store) => ({
            async reserve(reservation) {
              if (!isPeriod(reservation.leaseMs)) return store.reserve(reservation)
              return store.reserve({ ...reservation, leaseMs: await shifted(storage, reservation.leaseMs) })
            },
          }),
        },
        false,
      ),
  },
  {
    name: 'stamps-by-the-store',
    wrong: "stamps rows by the clock of the store where the caller's was asked for",
    breaks: 'C1',
    cases: ['C1.stamps-are-the-callers'],
    alsoBreaks: [],
    driver: (driver) =>
      driverWith(driver, {
        insert: (plan, context) => driver.insert({ ...plan, rows: plan.rows.map(stamped) }, context),
        update: (plan, context) => driver.update({ ...plan, set: stamped(plan.set) }, context),
      }),
  },
]
