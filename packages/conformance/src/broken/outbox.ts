import type { ClaimPlan, Predicate, StoredRow } from '@portolan/adapter-kit'
import type { Outbox } from '@portolan/ports'
import { type BrokenDriver, readBarrier } from '../broken-driver.ts'
import { driverWith, rowsWhere } from '../driver-with.ts'
import { portsWith } from '../storage-with.ts'
import { conditionsWith } from './key-value.ts'

const claimsMeet = readBarrier()
const messages = 'portolan_outbox_message'
const isMessage = ({ entity }: { readonly entity: { readonly name: string } }): boolean => entity.name === messages

const withIds = (ids: readonly string[]): Predicate => ({ op: 'in', field: 'id', values: ids })

/** Errors told in full, by message; kept by the module, as a column beside the cut one would. */
const wholeErrors = new Map<string, string>()

const remembering =
  (call: Outbox['retry'] | Outbox['deadLetter']) =>
  (leases: Parameters<Outbox['retry']>[0], options?: { readonly error?: string | undefined }) => {
    const { error } = options ?? {}
    if (typeof error === 'string') for (const { id } of leases) wholeErrors.set(id, error)
    return call(leases, options)
  }

export const brokenOutbox: readonly BrokenDriver[] = [
  {
    name: 'messages-claimed-in-two-steps',
    wrong: 'selects due messages and then leases them, whoever has leased them meanwhile',
    breaks: 'O1',
    cases: ['O1.racing-workers', 'O1.racing-claims-of-one'],
    alsoBreaks: ['C1.racing-workers'],
    driver: (driver) =>
      driverWith(driver, {
        claim(plan, context) {
          if (!isMessage(plan)) return driver.claim(plan, context)
          const { entity, scope, where, order, limit, set } = plan
          const found = { entity, scope, where, order, limit, after: null, offset: 0, lock: false }
          return claimsMeet.run(
            () => driver.select({ ...found, fields: Object.keys(entity.fields) }, context),
            async (rows) => {
              const chosen = withIds(rows.map(({ id }) => String(id)))
              await driver.updateMany({ entity, scope, where: chosen, set, returning: 'count' }, context)
              return rowsWhere(driver, plan, chosen, context)
            },
          )
        },
      }),
  },
  {
    name: 'newest-first',
    wrong: 'claims the newest of the due messages',
    breaks: 'O1',
    cases: ['O1.oldest-first'],
    alsoBreaks: ['O3', 'O4'],
    driver: (driver) =>
      driverWith(driver, {
        claim(plan, context) {
          const order: ClaimPlan['order'] = plan.order.map((entry) => ({ ...entry, direction: 'desc' }))
          return driver.claim(isMessage(plan) ? { ...plan, order } : plan, context)
        },
      }),
  },
  {
    name: 'claims-what-is-not-due',
    wrong: 'claims messages before their time',
    breaks: 'O1',
    cases: ['O1.due-times'],
    alsoBreaks: ['O4', 'C1'],
    driver: (driver) =>
      conditionsWith(driver, messages, (part) => ('field' in part && part.field === 'availableAt' ? null : part), [
        'claim',
      ]),
  },
  {
    name: 'attempts-of-those-who-report',
    wrong: 'counts an attempt when the worker reports back, and so none of a worker that died',
    breaks: 'O2',
    cases: ['O2.attempts-count-at-claim'],
    alsoBreaks: ['O3', 'O4', 'O5'],
    driver: (driver) =>
      driverWith(driver, {
        async claim(plan, context) {
          if (!isMessage(plan)) return driver.claim(plan, context)
          const { attemptsLeft: _, ...set } = plan.set
          const rows = await driver.claim({ ...plan, set }, context)
          return rows.map((row): StoredRow => ({ ...row, attemptsLeft: Number(row.attemptsLeft) - 1 }))
        },
        updateMany: (plan, context) =>
          driver.updateMany(
            isMessage(plan) &&
              plan.set.state !== 'pending' &&
              'leasedUntil' in plan.set &&
              plan.set.leasedUntil === null
              ? { ...plan, set: { ...plan.set, attemptsLeft: { increment: -1 } } }
              : plan,
            context,
          ),
      }),
  },
  {
    name: 'settles-without-the-token',
    wrong: 'settles a message for whoever knows its id',
    breaks: 'O3',
    cases: ['O3.an-old-token-has-lost', 'O3.forged-leases'],
    alsoBreaks: ['O4'],
    driver: (driver) =>
      conditionsWith(driver, messages, (part) => (part.op === 'eq' && part.field === 'token' ? null : part), [
        'updateMany',
      ]),
  },
  {
    name: 'late-workers-settle',
    wrong: 'lets a token settle after its lease has ended, as long as nobody took over',
    breaks: 'O3',
    cases: ['O3.expired-is-lost-without-a-successor', 'O3.extended'],
    alsoBreaks: ['O4', 'O5', 'C1'],
    driver: (driver) =>
      conditionsWith(driver, messages, (part) => (part.op === 'gt' && part.field === 'leasedUntil' ? null : part), [
        'updateMany',
      ]),
  },
  {
    name: 'leases-that-do-not-end',
    wrong: 'never claims a message again whose worker has died',
    breaks: 'O3',
    cases: ['O3.claimable-again', 'O3.an-old-token-has-lost'],
    alsoBreaks: ['O2', 'O4', 'O5', 'C1'],
    driver: (driver) =>
      conditionsWith(
        driver,
        messages,
        (part) => (part.op === 'lte' && part.field === 'leasedUntil' ? { op: 'any', parts: [] } : part),
        ['claim'],
      ),
  },
  {
    name: 'delivered-come-back',
    wrong: 'claims by lease and time alone, so that delivered and dead messages come back',
    breaks: 'O4',
    cases: ['O4.settled-messages-never-come-back'],
    alsoBreaks: ['T1', 'O1', 'O3', 'O5', 'O6', 'C1'],
    driver: (driver) =>
      conditionsWith(driver, messages, (part) => (part.op === 'eq' && part.field === 'state' ? null : part), ['claim']),
  },
  {
    name: 'requeued-with-nothing-left',
    wrong: 'gives a dead message back with the attempts that it had',
    breaks: 'O4',
    cases: ['O4.requeued'],
    alsoBreaks: ['O5.dead-without-a-write'],
    driver: (driver) =>
      driverWith(driver, {
        updateMany(plan, context) {
          const { attemptsLeft, ...set } = plan.set
          return driver.updateMany(isMessage(plan) && attemptsLeft !== undefined ? { ...plan, set } : plan, context)
        },
      }),
  },
  {
    name: 'purges-too-much',
    wrong: 'purges everything that was delivered, whenever that was',
    breaks: 'O4',
    cases: ['O4.purged'],
    alsoBreaks: [],
    driver: (driver) =>
      conditionsWith(driver, messages, (part) => (part.op === 'lt' && part.field === 'deliveredAt' ? null : part), [
        'deleteMany',
      ]),
  },
  {
    name: 'dead-needs-a-write',
    wrong: 'counts a message as dead only when somebody has written that it is',
    breaks: 'O5',
    cases: ['O5.dead-without-a-write', 'O5.one-attempt'],
    alsoBreaks: ['O4'],
    driver: (driver) =>
      conditionsWith(
        driver,
        messages,
        (part) =>
          part.op === 'any'
            ? (part.parts.find((each) => each.op === 'eq' && each.field === 'state' && each.value === 'dead') ?? part)
            : part,
        ['select', 'updateMany'],
      ),
  },
  {
    name: 'the-last-of-an-id-stays',
    wrong: 'overwrites a message when its id is enqueued again',
    breaks: 'O6',
    cases: ['O6.same-id-once', 'O6.same-id-in-transactions'],
    alsoBreaks: [],
    driver: (driver) =>
      driverWith(driver, {
        async insert(plan, context) {
          const [row] = plan.rows
          if (!isMessage(plan) || plan.onDuplicate.kind !== 'return' || !row) return driver.insert(plan, context)
          const { id: _, ...set } = row
          const onDuplicate = { kind: 'update', unique: 'id', set, require: null, version: null, where: null } as const
          const outcome = await driver.insert({ ...plan, onDuplicate }, context)
          return outcome.kind === 'updated' ? { kind: 'existing', row: outcome.row } : outcome
        },
      }),
  },
  {
    name: 'errors-of-any-length',
    wrong: 'keeps an error whole, however long it is',
    breaks: 'O8',
    cases: ['O8.last-error', 'O8.of-the-buried'],
    alsoBreaks: [],
    storage: (storage) =>
      portsWith(storage, {
        outbox: (outbox) => ({
          ...(outbox.retry && { retry: remembering(outbox.retry) }),
          ...(outbox.deadLetter && { deadLetter: remembering(outbox.deadLetter) }),
          ...(outbox.list && {
            list: async (options) => {
              const page = await outbox.list(options)
              const whole = (item: (typeof page.items)[number]) =>
                item.lastError === null ? item : { ...item, lastError: wholeErrors.get(item.id) ?? item.lastError }
              return { ...page, items: page.items.map(whole) }
            },
          }),
        }),
      }),
  },
]
