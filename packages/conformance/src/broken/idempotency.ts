import type { Reservation } from '@portolan/ports'
import { type BrokenDriver, readBarrier } from '../broken-driver.ts'
import { driverWith, rowById } from '../driver-with.ts'
import { portsWith } from '../storage-with.ts'
import { conditionsWith } from './key-value.ts'

const reservationsMeet = readBarrier()
const records = 'portolan_idempotency_record'
const isRecord = ({ entity }: { readonly entity: { readonly name: string } }): boolean => entity.name === records

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && !value.includes('\0') && value.isWellFormed()

export const brokenIdempotency: readonly BrokenDriver[] = [
  {
    name: 'reserved-by-a-read',
    wrong: 'looks whether a key is reserved and then reserves it',
    breaks: 'D1',
    cases: ['D1.racing-reservers'],
    alsoBreaks: ['C1.racing-reservers'],
    driver: (driver) =>
      driverWith(driver, {
        insert(plan, context) {
          const { onDuplicate, rows } = plan
          if (!isRecord(plan) || onDuplicate.kind !== 'update' || context.session !== null)
            return driver.insert(plan, context)
          return reservationsMeet.run(
            () => rowById(driver, plan, String(rows[0]?.id), context),
            async (row) =>
              driver.insert(row ? plan : { ...plan, onDuplicate: { ...onDuplicate, where: null } }, context),
          )
        },
      }),
  },
  {
    name: 'empty-results-lost',
    wrong: 'takes an empty result for none',
    breaks: 'D2',
    cases: ['D2.replay'],
    alsoBreaks: ['D5.names-never-collide', 'D6.racing-transactions'],
    storage: (storage) =>
      portsWith(storage, {
        idempotency: (store) => ({
          async reserve(reservation) {
            const answer = await store.reserve(reservation)
            return answer.state === 'replay' ? { ...answer, result: answer.result || null } : answer
          },
        }),
      }),
  },
  {
    name: 'fingerprints-ignored',
    wrong: 'replays the result of a key for whatever request comes with it',
    breaks: 'D3',
    cases: ['D3.mismatch', 'D3.until-release'],
    alsoBreaks: [],
    storage: (storage) =>
      portsWith(storage, {
        idempotency: (store) => ({
          reserve: (reservation) =>
            store.reserve(isText(reservation.fingerprint) ? { ...reservation, fingerprint: 'any' } : reservation),
        }),
      }),
  },
  {
    name: 'mismatch-forgotten-with-the-lease',
    wrong: 'lets another request take over a key as soon as the lease of the first has ended',
    breaks: 'D3',
    cases: ['D3.mismatch'],
    alsoBreaks: [],
    driver: (driver) =>
      conditionsWith(driver, records, (part) => (part.op === 'eq' && part.field === 'fingerprint' ? null : part), [
        'insert',
      ]),
  },
  {
    name: 'kept-from-the-reservation-on',
    wrong: 'counts keepMs from reserve, so that a slow request is forgotten early',
    breaks: 'D3',
    cases: ['D3.until-keep-ms'],
    alsoBreaks: [],
    driver: (driver) =>
      driverWith(driver, {
        update(plan, context) {
          const { keepUntil: _, ...set } = plan.set
          return driver.update(isRecord(plan) && plan.set.state === 'completed' ? { ...plan, set } : plan, context)
        },
      }),
  },
  {
    name: 'completes-without-the-token',
    wrong: 'lets a late holder complete though another one has taken over',
    breaks: 'D4',
    cases: ['D4.taken-over', 'D4.racing-heirs'],
    alsoBreaks: ['D3', 'D5.tokens-of-others'],
    driver: (driver) =>
      conditionsWith(driver, records, (part) => (part.op === 'eq' && part.field === 'token' ? null : part), [
        'update',
        'delete',
      ]),
  },
  {
    name: 'reservations-for-ever',
    wrong: 'lets nobody take over a reservation whose holder has died',
    breaks: 'D4',
    cases: ['D4.taken-over', 'D4.racing-heirs', 'D4.extended'],
    alsoBreaks: ['C1'],
    driver: (driver) =>
      conditionsWith(
        driver,
        records,
        (part) => (part.op === 'lte' && part.field === 'leasedUntil' ? { op: 'any', parts: [] } : part),
        ['insert'],
      ),
  },
  {
    name: 'late-holders-always-lose',
    wrong: 'refuses a holder whose lease has ended, though nobody has taken over',
    breaks: 'D4',
    cases: ['D4.late-but-not-taken-over'],
    alsoBreaks: ['D3'],
    driver: (driver) =>
      driverWith(driver, {
        update(plan, context) {
          if (!isRecord(plan) || plan.where === null) return driver.update(plan, context)
          const running = { op: 'gt', field: 'leasedUntil', value: { clock: 0 } } as const
          return driver.update({ ...plan, where: { op: 'all', parts: [plan.where, running] } }, context)
        },
      }),
  },
  {
    name: 'records-joined-by-a-colon',
    wrong: 'finds a record by namespace and key joined with a colon',
    breaks: 'D5',
    cases: ['D5.names-never-collide'],
    alsoBreaks: [],
    storage: (storage) =>
      portsWith(storage, {
        idempotency: (store) => ({
          reserve: (reservation) => {
            const { namespace, key } = reservation
            if (!isText(namespace) || !isText(key)) return store.reserve(reservation)
            return store.reserve({ ...reservation, namespace: 'all', key: `${namespace}:${key}` })
          },
        }),
      }),
  },
  {
    name: 'scope-as-it-comes',
    wrong: 'takes a scope whose properties come in another order for another scope',
    breaks: 'D5',
    cases: ['D5.order-of-properties'],
    alsoBreaks: [],
    storage: (storage) =>
      portsWith(storage, {
        idempotency: (store) => ({ reserve: (reservation) => store.reserve(inOrderOfComing(reservation)) }),
      }),
  },
  {
    name: 'reservations-escape',
    wrong: 'reserves and completes at once, outside of the transaction that it is part of',
    breaks: 'D6',
    cases: ['D6.vanishes-with-the-transaction'],
    alsoBreaks: ['T1'],
    driver: (driver) =>
      driverWith(driver, {
        insert: (plan, context) => driver.insert(plan, isRecord(plan) ? { ...context, session: null } : context),
        update: (plan, context) => driver.update(plan, isRecord(plan) ? { ...context, session: null } : context),
        delete: (plan, context) => driver.delete(plan, isRecord(plan) ? { ...context, session: null } : context),
      }),
  },
]

function inOrderOfComing(reservation: Reservation): Reservation {
  const { scope } = reservation
  if (typeof scope !== 'object' || scope === null || Object.values(scope).some((part) => !isText(part)))
    return reservation
  return { ...reservation, scope: { ...scope, order: Object.keys(scope).join() || '-' } }
}
