import { defineEntity, type StorageErrorCode } from '@portolan/ports'
import type { World } from '../case.ts'
import { fault, withFaults } from '../faults.ts'
import { Account, Booking } from '../standard-entities.ts'

export interface Provocation {
  readonly code: StorageErrorCode
  provoke(): Promise<unknown>
}

/**
 * Every refusal that can be provoked on this target, on rows of its own. `text` makes the texts of the user that take part, in
 * every position where one can stand.
 */
export async function provocations(
  world: World,
  text: (name: string) => string = (name) => name,
): Promise<readonly Provocation[]> {
  const { a, capabilities } = world
  const accounts = a.repository(Account)
  const bookings = a.repository(Booking, { tenantId: text('tenant') })
  const slot = {
    roomId: text('room'),
    startsAt: '2026-06-01T10:00:00.000Z',
    endsAt: '2026-06-01T11:00:00.000Z',
  }
  await accounts.insert({ id: 'row', email: text('email'), handle: text('handle'), name: text('name') })
  await bookings.insert({ id: 'booking', ...slot, idempotencyKey: text('key') })
  const email = text('email')
  const store = a.keyValue(text('namespace'))
  const list: Provocation[] = [
    { code: 'invalid-definition', provoke: async () => defineEntity({ name: 'no name', fields: {} }) },
    { code: 'invalid-value', provoke: () => accounts.insert({ email: `${text('email')}\0` }) },
    { code: 'invalid-value', provoke: () => accounts.insert({ email: text('x'), balance: text('balance') as never }) },
    { code: 'invalid-value', provoke: () => accounts.insert({ email: text('x'), tier: text('tier') as never }) },
    { code: 'invalid-value', provoke: () => accounts.insert({ email: text('x'), openedAt: text('openedAt') }) },
    { code: 'invalid-value', provoke: () => accounts.insert({ email: text('x'), extra: { a: `${text('json')}\0` } }) },
    { code: 'invalid-value', provoke: () => accounts.update('row', { balance: { increment: text('by') as never } }) },
    { code: 'invalid-value', provoke: () => accounts.find({ where: { balance: text('where') as never } }) },
    { code: 'invalid-value', provoke: () => store.set(`${text('key')}\0`, text('value')) },
    { code: 'invalid-value', provoke: () => store.set(text('key'), `${text('value')}\0`) },
    {
      code: 'invalid-value',
      provoke: () => a.outbox('topic').enqueue([{ payload: { a: `${text('payload')}\ud800` } }]),
    },
    {
      code: 'invalid-value',
      provoke: () => accounts.insert({ email: text('y') }, { unless: { email }, guard: `${text('guard')}\0` }),
    },
    { code: 'invalid-query', provoke: () => accounts.find({ limit: -1, where: { name: text('where') } }) },
    { code: 'invalid-query', provoke: () => accounts.find({ where: { name: { sounds: text('where') } } as never }) },
    { code: 'invalid-cursor', provoke: () => accounts.page({ limit: 1, cursor: text('cursor') }) },
    { code: 'duplicate', provoke: () => accounts.insert({ email }) },
    { code: 'duplicate', provoke: () => accounts.insertMany([{ email: text('twice') }, { email: text('twice') }]) },
    {
      code: 'duplicate',
      provoke: () => accounts.upsert('email', { email: text('other'), handle: text('handle') }, {}),
    },
    { code: 'stale-version', provoke: () => accounts.update('row', { name: text('new') }, { version: 7 }) },
    { code: 'condition-failed', provoke: () => accounts.update('row', {}, { where: { name: text('other') } }) },
    {
      code: 'condition-failed',
      provoke: () => accounts.insert({ email: text('y') }, { unless: { email }, guard: text('guard') }),
    },
    { code: 'lease-lost', provoke: () => a.idempotency().complete(text('token'), text('result')) },
    { code: 'misuse', provoke: async () => a.repository(Booking, { tenant: text('tenant') } as never) },
    { code: 'misuse', provoke: async () => a.repository(defineEntity({ name: 'stranger', fields: {} })) },
  ]
  if (capabilities.overlap) {
    list.push({ code: 'overlap', provoke: () => bookings.insert(slot) })
    const patch = { roomId: text('elsewhere') }
    list.push({ code: 'unsupported', provoke: () => bookings.updateMany({ where: {}, patch }) })
  }
  if (capabilities.maxRowBytes !== null) {
    const extra = text('x').repeat(Math.ceil(capabilities.maxRowBytes / text('x').length))
    list.push({ code: 'too-large', provoke: () => accounts.insert({ email: text('large'), extra }) })
  }
  if (capabilities.transactions) list.push(...(await inTransactions(world, text)))
  return [...list, ...(await injected(world, text))]
}

async function inTransactions({ a }: World, text: (name: string) => string): Promise<Provocation[]> {
  return [
    {
      code: 'misuse',
      provoke: async () => {
        let kept: Parameters<Parameters<typeof a.transaction>[0]>[0] | undefined
        await a.transaction(async (tx) => {
          kept = tx
        })
        await kept?.keyValue(text('namespace')).get(text('key'))
      },
    },
    {
      code: 'transaction-doomed',
      provoke: () =>
        a.transaction(async (tx) => {
          await tx.transaction(() => Promise.reject(new Error(text('own error')))).catch(() => undefined)
        }),
    },
    {
      code: 'after-commit-failed',
      provoke: () =>
        a.transaction(async (tx) => {
          tx.afterCommit(() => Promise.reject(new Error(text('hook'))))
          return text('result')
        }),
    },
  ]
}

/** What only a failing database says, put into its mouth. */
async function injected(world: World, text: (name: string) => string): Promise<Provocation[]> {
  const failing = async (means: Parameters<typeof fault>[0], timeoutMs: number) =>
    (
      await world.open({
        timeoutMs,
        wrapDriver: (driver) => withFaults(driver, { update: () => Promise.reject(fault(means, text('words'))) }),
      })
    ).storage.repository(Account)
  const made: Provocation[] = []
  const codes = ['unavailable', 'access-denied', 'commit-unknown', 'schema-mismatch', 'transaction-conflict'] as const
  for (const code of codes) {
    const accounts = await failing(code, 50)
    made.push({ code, provoke: () => accounts.update('row', { name: text('name') }) })
  }
  const unknown = await failing(null, 50)
  made.push({ code: 'unexpected', provoke: () => unknown.update('row', { name: text('name') }) })
  const unfit = await world.open({
    wrapDriver: (driver) =>
      withFaults(driver, {
        select: async (plan, context) =>
          (await driver.select(plan, context)).map((row) => ({ ...row, balance: text('balance') })),
      }),
  })
  made.push({ code: 'invalid-stored-value', provoke: () => unfit.storage.repository(Account).get('row') })
  return made
}
