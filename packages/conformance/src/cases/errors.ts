import { isStorageError, StorageError, type StorageErrorCode } from '@portolan/ports'
import { equal, fail, ok, refused, same } from '../assert.ts'
import { canary, everyText, marked } from '../canary.ts'
import { type Case, defineCase } from '../case.ts'
import { nativeWith } from '../driver-with.ts'
import { withFaults } from '../faults.ts'
import { declared, offered, together } from '../needs.ts'
import { Account, Task } from '../standard-entities.ts'
import { provocations } from './errors-provoked.ts'

const retryable: readonly StorageErrorCode[] = ['unavailable', 'transaction-conflict']

/** As database clients throw them: a class of their own, a message full of values, the connection hanging on it. */
export class ClientError extends Error {
  override readonly name: string = 'ClientError'
  readonly code: string = 'XX123'
  readonly detail: string = `Key (email)=(${marked('detail')}) exists`
  readonly connection: object = { url: `db://user:${marked('password')}@host/db`, socket: { on: () => undefined } }
  readonly parameters: readonly string[] = [marked('parameter')]
  constructor() {
    super(`failed near ${marked('message')} at db://user:${marked('password')}@host/db`)
  }
}

/** E1 and E5. */
export const errorCases: readonly Case[] = [
  defineCase(
    'E1.shape',
    'every error is a StorageError by its brand, with code, retryable, a sentence and the data of its code; no cause is a native error',
    async (world) => {
      const seen = new Set<string>()
      for (const { code, provoke } of await provocations(world)) {
        const thrown = await provoke().then(
          () => fail(`nothing was refused where ${code} was expected`),
          (error: unknown) => error,
        )
        await refused(Promise.reject(thrown), code)
        const error = thrown as StorageError
        seen.add(code)
        ok(thrown instanceof Error, `the ${code} error is no Error`)
        equal(error.name, 'StorageError', `the name of the ${code} error`)
        equal(error['~portolan'], 'error', `the brand of the ${code} error`)
        equal(error.retryable, retryable.includes(code), `retryable of the ${code} error`)
        ok(typeof error.data === 'object' && error.data !== null, `the ${code} error has no data`)
        checkCause(error.cause, code)
      }
      ok(seen.size >= 14, `only ${seen.size} codes could be provoked`)
    },
  ),

  defineCase(
    'E1.cause-is-a-plain-copy',
    'the cause of an unknown native error is { name, code } and nothing else of it; a known one adds constraint and table',
    async (world) => {
      const unknown = await world.open({
        wrapDriver: (driver) => withFaults(driver, { select: () => Promise.reject(new ClientError()) }),
      })
      const error = await refused(unknown.storage.repository(Account).find(), 'unexpected', { says: ['account'] })
      same(error.cause, { name: 'ClientError', code: 'XX123' }, 'the cause')
      const known = await world.open({
        wrapDriver: (driver) => ({
          ...driver,
          insert: () => Promise.reject(new ClientError()),
          classify: () => ({ code: 'access-denied', message: 'no', constraint: 'a_key', table: 'a_table' }),
        }),
      })
      const told = await refused(known.storage.repository(Account).insert({ email: 'x' }), 'access-denied')
      same(
        told.cause,
        { name: 'ClientError', code: 'XX123', constraint: 'a_key', table: 'a_table' },
        'the cause of a known one',
      )
      for (const thrown of ['text', undefined, null, 7, { code: 5 }, Object.create(null)]) {
        const strange = await world.open({
          wrapDriver: (driver) => withFaults(driver, { select: () => Promise.reject(thrown) }),
        })
        checkCause((await refused(strange.storage.repository(Account).find(), 'unexpected')).cause, 'unexpected')
      }
    },
  ),

  defineCase(
    'E1.recognised-by-brand',
    'an error of another copy of the ports is recognised, and passes through a transaction as it is',
    async ({ a }) => {
      class Copy extends Error {
        readonly '~portolan': string = 'error'
        readonly code: string = 'duplicate'
        readonly retryable: boolean = false
        readonly data: object = { entity: 'other', unique: 'key', id: null }
      }
      const copy = new Copy('an error of another copy of this package')
      ok(isStorageError(copy) && isStorageError(copy, 'duplicate'), 'it is not recognised')
      ok(!isStorageError(copy, 'overlap'), 'it is recognised as another code')
      for (const other of [new Error('x'), null, undefined, 'error', {}, { code: 'duplicate' }])
        ok(!isStorageError(other), 'what is none is recognised')
      ok(!(copy instanceof StorageError), 'the copy is of this very class')
      const thrown = await a.transaction(() => Promise.reject(copy)).catch((error: unknown) => error)
      ok(thrown === copy, 'what came out is another error')
    },
    { skip: declared('transactions') },
  ),

  defineCase(
    'E5.no-value-in-a-refusal',
    'no refusal of any code shows a value, key, guard or namespace text of the user: not its message, not its cause, not its data',
    async (world) => {
      for (const { code, provoke } of await provocations(world, marked)) {
        const thrown = await provoke().then(
          () => fail(`nothing was refused where ${code} was expected`),
          (error: unknown) => error,
        )
        await refused(Promise.reject(thrown), code)
        const { data, message, cause } = thrown as StorageError
        const { result: _, failures: __, ...rest } = data as { result?: unknown; failures?: unknown }
        ok(!`${message}\n${everyText(rest)}\n${everyText(cause)}`.includes(canary), `the ${code} error shows a value`)
      }
    },
  ),

  defineCase(
    'E5.no-words-of-the-client',
    'what a database client says in its errors, with values and passwords in it, comes out nowhere',
    async (world) => {
      const events: unknown[] = []
      const { storage } = await world.open({
        onOperation: (event) => events.push(event),
        wrapDriver: (driver) => {
          const failing = () => Promise.reject(new ClientError())
          const { select, count, insert, update, updateMany, claim, transaction } = {
            select: failing,
            count: failing,
            insert: failing,
            update: failing,
            updateMany: failing,
            claim: failing,
            transaction: failing,
          }
          return {
            ...driver,
            select,
            count,
            insert,
            update,
            updateMany,
            claim,
            transaction,
            delete: failing,
            deleteMany: failing,
            ...nativeWith(driver, (native) => Object.fromEntries(Object.keys(native).map((name) => [name, failing]))),
          }
        },
      })
      const calls: readonly (() => Promise<unknown>)[] = [
        () => storage.repository(Account).get('id'),
        () => storage.repository(Account).count({ where: { email: marked('where') } }),
        () => storage.repository(Account).insert({ email: marked('value') }),
        () => storage.repository(Account).update('id', { email: marked('value') }),
        () => storage.repository(Account).updateMany({ where: {}, patch: { name: marked('value') } }),
        () => storage.repository(Account).delete('id'),
        () => storage.repository(Account).deleteMany({ where: { email: marked('where') } }),
        () => storage.repository(Task).claim({ where: {}, limit: 1, patch: { state: 'taken' } }),
        () => storage.keyValue(marked('namespace')).set(marked('key'), marked('value')),
        () => storage.keyValue(marked('namespace')).get(marked('key')),
        () => storage.outbox('topic').enqueue([{ payload: marked('payload') }]),
        () =>
          storage
            .idempotency()
            .reserve({ namespace: marked('space'), key: marked('key'), fingerprint: 'f', leaseMs: 1 }),
        () => storage.transaction((tx) => tx.repository(Account).find()),
      ]
      for (const [index, call] of calls.entries()) {
        const error = await call().then(
          () => fail(`call ${index} succeeded with a database that always fails`),
          (thrown: unknown) => thrown,
        )
        if (isStorageError(error, 'unsupported')) continue
        await refused(Promise.reject(error), 'unexpected')
        const { message, data, cause, stack } = error as StorageError
        const text = [message, stack, everyText(data), everyText(cause)].join('\n')
        ok(!text.includes(canary), `the error of call ${index} shows what the client said`)
      }
      ok(events.length >= calls.length - 2, `${events.length} events of ${calls.length} calls`)
      ok(!JSON.stringify(events).includes(canary), 'an event shows a value')
    },
  ),

  defineCase(
    'E5.events-hold-names-only',
    'an event tells adapter, operation, entity, duration, attempts and outcome, for refused calls as well, and no value',
    async (world) => {
      const events: { [name: string]: unknown }[] = []
      const { storage } = await world.open({ onOperation: (event) => events.push(event as (typeof events)[number]) })
      const accounts = storage.repository(Account)
      await accounts.insert({ id: 'row', email: marked('email'), name: marked('name') })
      await refused(accounts.insert({ email: marked('email') }), 'duplicate')
      await refused(accounts.update('row', {}, { version: 9 }), 'stale-version')
      await accounts.find({ where: { name: { contains: marked('name') } } })
      await storage.keyValue(marked('namespace')).set(marked('key'), marked('value'))
      const reserving = storage.idempotency().reserve({
        namespace: marked('namespace'),
        key: marked('key'),
        scope: { tenant: marked('tenant') },
        fingerprint: marked('fingerprint'),
        leaseMs: 1_000,
      })
      await reserving
      await storage.outbox('topic').enqueue([{ payload: { secret: marked('payload') } }])
      ok(events.length >= 7, `${events.length} events of seven calls`)
      ok(!JSON.stringify(events).includes(canary), 'an event shows a value')
      for (const event of events)
        for (const name of ['adapter', 'operation', 'entity', 'inTransaction', 'durationMs', 'attempts', 'outcome'])
          ok(name in event, `an event tells no ${name}`)
      ok(
        events.some(({ entity, outcome }) => entity === 'account' && outcome === 'duplicate'),
        'no event tells of the refusal',
      )
    },
  ),

  defineCase('E5.a-failing-listener', 'a listener of events that fails fails nothing else', async (world) => {
    const { storage } = await world.open({
      onOperation: () => {
        throw new Error('the listener')
      },
    })
    await storage.repository(Account).insert({ email: 'row' })
    equal(await storage.repository(Account).count(), 1, 'rows')
  }),

  defineCase(
    'E5.unfit-stored-values',
    'a stored value that does not fit is told by entity, id and field, and not by itself',
    async ({ a, target, place }) => {
      await a.repository(Account).insert({ id: 'row', email: 'row' })
      await target.offers.foreignWrite?.(place, { entity: 'account', id: 'row', field: 'tier', value: marked('tier') })
      const error = await refused(a.repository(Account).get('row'), 'invalid-stored-value', {
        data: { entity: 'account', id: 'row', field: 'tier' },
        says: ['account', 'row', 'tier'],
      })
      ok(!`${error.message}${everyText(error.data)}`.includes(canary), 'the error shows the value')
    },
    { skip: together(offered('foreignWrite')) },
  ),
]

function checkCause(cause: unknown, code: string): void {
  if (cause === undefined) return
  ok(typeof cause === 'object' && cause !== null && !(cause instanceof Error), `the cause of ${code} is a native error`)
  equal(Object.getPrototypeOf(cause), Object.prototype, `the prototype of the cause of ${code}`)
  for (const [name, value] of Object.entries(cause)) {
    ok(['name', 'code', 'constraint', 'table'].includes(name), `the cause of ${code} holds "${name}"`)
    ok(typeof value === 'string' || typeof value === 'number', `the cause of ${code} holds an object`)
  }
}
