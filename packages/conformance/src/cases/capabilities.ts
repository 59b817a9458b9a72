import {
  type AnyEntity,
  type Capabilities,
  isStorageError,
  type NewMessage,
  type Outbox,
  type Repository,
  type TypesIn,
} from '@portolan/ports'
import { equal, fail, ok, refused, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { declared, undeclared } from '../needs.ts'
import { Account, Note, Task } from '../standard-entities.ts'
import { reserve, reserved } from './idempotency.ts'

const booleans = [
  'transactions',
  'snapshot',
  'guardsInSnapshot',
  'join',
  'joinRollback',
  'hooksInJoin',
  'overlap',
  'claim',
  'orderingKey',
] as const
const bounds = ['maxRowBytes', 'maxTransactionRows', 'maxTransactionBytes', 'scanBound'] as const

/** E4: what is not declared is refused before anything is written; that what is declared works, the other clauses show. */
export const capabilityCases: readonly Case[] = [
  defineCase(
    'E4.capabilities-are-data',
    'capabilities are plain data, whole and free of contradictions, and the same for every client',
    async ({ a, b }) => {
      const capabilities: Capabilities = a.capabilities
      same(JSON.parse(JSON.stringify(capabilities)), { ...capabilities }, 'the capabilities as JSON')
      same({ ...b.capabilities }, { ...capabilities }, 'the capabilities of another client')
      for (const name of booleans) equal(typeof capabilities[name], 'boolean', `the type of ${name}`)
      for (const name of bounds)
        ok(capabilities[name] === null || (capabilities[name] ?? 0) > 0, `${name} is neither a bound nor null`)
      ok(['many', 'one'].includes(capabilities.writers), 'writers is neither many nor one')
      ok(['none', 'restart', 'failover'].includes(capabilities.durability), 'durability is none of its values')
      ok(['caller', 'serial', null].includes(capabilities.joinIsolation), 'joinIsolation is none of its values')
      equal(
        capabilities.joinIsolation === null,
        !capabilities.join,
        'joinIsolation is told exactly where there is join',
      )
      ok(capabilities.join || !(capabilities.joinRollback || capabilities.hooksInJoin), 'join is missing for its parts')
      ok(capabilities.transactions || !(capabilities.snapshot || capabilities.join), 'transactions are missing')
      ok(capabilities.snapshot || !capabilities.guardsInSnapshot, 'snapshots are missing for guards in them')
      for (const scoped of ['booking', 'note'])
        equal(typeof capabilities.idsPerScope[scoped], 'boolean', `idsPerScope of ${scoped}`)
    },
  ),

  defineCase(
    'E4.no-transactions',
    'where transactions are not declared they are refused as unsupported before the work runs',
    async ({ a }) => {
      let runs = 0
      await refused(
        a.transaction(async () => ++runs),
        'unsupported',
        { data: { what: 'transactions' } },
      )
      equal(runs, 0, 'runs of the work')
    },
    { skip: undeclared('transactions') },
  ),

  defineCase(
    'E4.no-claim',
    'where claim is not declared it is refused as unsupported, and no row is touched',
    async ({ a }) => {
      const task = await a.repository(Task).insert({ queue: 'q' })
      const claim = a.repository(Task).claim({ where: { state: 'waiting' }, limit: 1, patch: { state: 'taken' } })
      await refused(claim, 'unsupported', { data: { what: 'claim' } })
      same(await a.repository(Task).get(task.id), task, 'the row')
    },
    { skip: undeclared('claim') },
  ),

  defineCase(
    'E4.claim-of-what-is-guarded',
    'a claim whose patch touches a natural key is refused as unsupported, and no row is touched',
    async ({ a }) => {
      const note = await a.repository(Note, { ownerId: 'owner' }).insert({ title: 'x' })
      const claim = a.repository(Note, { ownerId: 'owner' }).claim({ where: {}, limit: 1, patch: { slug: 'taken' } })
      await refused(claim, 'unsupported', { says: ['note', 'slug'] })
      same(await a.repository(Note, { ownerId: 'owner' }).get(note.id), note, 'the row')
    },
    { skip: declared('claim') },
  ),

  defineCase(
    'E4.no-claim-inside',
    'inside a transaction neither rows nor messages can be claimed: there is no such call, or it is refused',
    async ({ a }) => {
      await a.repository(Task).insert({ queue: 'q' })
      await a.outbox('topic').enqueue([{ payload: 1 }])
      await a.transaction(async (tx) => {
        const tasks = tx.repository(Task) as Repository<TypesIn<typeof Task>>
        const outbox = tx.outbox('topic') as Outbox
        const claims: readonly (() => unknown)[] = [
          () => tasks.claim({ where: {}, limit: 1, patch: { state: 'taken' } }),
          () => outbox.claim({ limit: 1, leaseMs: 1_000 }),
        ]
        for (const claim of claims) {
          const thrown = await Promise.resolve()
            .then(claim)
            .then(
              () => fail('something was claimed inside a transaction'),
              (error: unknown) => error,
            )
          ok(thrown instanceof TypeError || isStorageError(thrown), 'a claim inside was refused in another way')
        }
      })
      equal(await a.repository(Task).count({ where: { state: 'waiting' } }), 1, 'rows that nobody took')
      equal((await a.outbox('topic').list({ state: 'due', limit: 9 })).items.length, 1, 'messages that nobody took')
    },
    { skip: declared('transactions') },
  ),

  defineCase(
    'E4.too-large-before-writing',
    'a value, payload or result larger than the declared bound of a row is too-large on every port, before it is written',
    async ({ a, b, capabilities }) => {
      const { maxRowBytes } = capabilities
      const large = 'x'.repeat((maxRowBytes ?? 0) + 1)
      const more = { data: { limit: maxRowBytes ?? 0 }, says: [String(maxRowBytes)] }
      await refused(a.keyValue('space').set('key', large), 'too-large', more)
      await refused(a.outbox('topic').enqueue([{ payload: 1 }, { payload: [large] }]), 'too-large', more)
      const token = await reserved(a, { leaseMs: 60_000 })
      await refused(a.idempotency().complete(token, { large }), 'too-large', more)
      await refused(a.repository(Account).insert({ email: 'large', extra: large }), 'too-large', more)
      equal(await b.keyValue('space').get('key'), null, 'the value')
      equal((await b.outbox().list({ state: 'due', limit: 9 })).items.length, 0, 'messages')
      equal((await reserve(b)).state, 'in-progress', 'the reservation')
      equal(await b.repository(Account).count(), 0, 'rows')
    },
    { skip: ({ maxRowBytes }) => (maxRowBytes === null ? 'declares no bound of a row' : null) },
  ),

  defineCase(
    'E4.no-ordering-key',
    'where ordering keys are not declared a message with one is refused by name, and nothing is enqueued',
    async ({ a }) => {
      const message = { payload: 1, orderingKey: 'order' } as NewMessage
      const thrown = await a
        .outbox('topic')
        .enqueue([{ payload: 0 }, message])
        .then(
          () => null,
          (error: unknown) => error,
        )
      const code = (thrown as { code?: unknown } | null)?.code
      ok(code === 'unsupported' || code === 'invalid-query', `it was answered with ${String(code)}`)
      ok((thrown as Error).message.includes('orderingKey'), 'the error does not name the option')
      equal((await a.outbox().list({ state: 'due', limit: 9 })).items.length, 0, 'messages')
    },
    { skip: undeclared('orderingKey') },
  ),

  defineCase(
    'E4.newer-definitions',
    'a definition of a newer format, or that needs what the adapter does not know, is refused at start, naming what to update',
    async (world) => {
      const entity = { ...Account, name: 'newer' } as AnyEntity
      const decimal = { ...Account.fields, price: { kind: 'decimal', nullable: true } }
      const newer: readonly AnyEntity[] = [
        { ...entity, format: 99 },
        { ...entity, needs: ['field:decimal'] },
        { ...entity, fields: decimal },
        { ...entity, fields: decimal, needs: ['field:decimal'] },
      ]
      for (const each of newer)
        await refused(world.open({ entities: [each] }), 'unsupported', {
          says: ['newer', /format 99|decimal/, /update/],
        })
    },
  ),

  defineCase(
    'E4.two-of-one-name',
    'two entities of one name are refused at start, and one that the storage was not made with when it is used',
    async (world) => {
      const twice = [Account, { ...Account, versioned: false }] as readonly AnyEntity[]
      await refused(world.open({ entities: twice }), 'invalid-definition', { says: ['account'] })
      const { storage } = await world.open({ entities: [Account] })
      await refused(() => storage.repository(Task), 'misuse', { says: ['task', 'entities'] })
      await refused(() => storage.repository({ ...Account, unique: {} } as typeof Account), 'misuse', {
        says: ['account'],
      })
    },
  ),

  defineCase(
    'E4.closed',
    'every call of a closed storage is misuse; another client of the place is not touched by that',
    async (world) => {
      const { storage } = await world.open()
      const accounts = storage.repository(Account)
      await storage.close()
      await storage.close()
      const calls: readonly (() => unknown)[] = [
        () => accounts.get('id'),
        () => accounts.insert({ email: 'late' }),
        () => storage.keyValue('space').get('key'),
        () => storage.outbox('topic').enqueue([{ payload: 1 }]),
        () => storage.schema.verify(),
        () => storage.sweep(),
      ]
      for (const call of calls) await refused(call, 'misuse', { says: [/closed/] })
      await world.a.repository(Account).insert({ email: 'row' })
      equal(await world.b.repository(Account).count(), 1, 'rows')
    },
  ),
]
