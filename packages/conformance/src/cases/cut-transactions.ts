import type { Storage, Transaction } from '@portolan/ports'
import { ok, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { gate } from '../interleaving.ts'
import { declared, offered, together } from '../needs.ts'
import { Account } from '../standard-entities.ts'
import { ample, ending, onEachTurn, settled, throughProxy, told, wellAgain } from './through-proxy.ts'

const skip = together(declared('transactions'), offered('proxy'))
const skipWithoutRestart = together(declared('transactions'), offered('restart'), (capabilities) =>
  capabilities.durability === 'none' ? 'declares durability: none' : null,
)

interface Prepared {
  readonly run: string
  readonly claims: readonly { readonly id: string; readonly token: string }[]
  readonly token: string
}

const reservation = (key: string) => ({ namespace: 'space', key, fingerprint: 'print', leaseMs: 60_000 })

/** Something of each port, of this run alone. */
async function prepare(storage: Storage<unknown>, run: string): Promise<Prepared> {
  await storage.repository(Account).insert({ id: run, email: run, balance: 10 })
  await storage.keyValue(run).set('kept', 'old')
  await storage.outbox(run).enqueue([{ id: `${run}-a`, payload: 1 }])
  const claims = await storage.outbox(run).claim({ limit: 1, leaseMs: 60_000 })
  const reserved = await storage.idempotency().reserve(reservation(`${run}-a`))
  return { run, claims, token: reserved.state === 'reserved' ? reserved.token : '' }
}

/** Changes it, and adds to it, on each port. */
async function write(tx: Transaction<unknown>, { run, claims, token }: Prepared): Promise<void> {
  const accounts = tx.repository(Account)
  await accounts.get(run)
  await accounts.update(run, { balance: { increment: 5 } })
  await accounts.insert({ email: `${run}-n`, name: run })
  await tx.keyValue(run).set('kept', 'new')
  await tx.keyValue(run).set('added', 'new')
  await tx.outbox(run).enqueue([{ id: `${run}-b`, payload: 2 }])
  await tx.outbox(run).acknowledge(claims)
  await tx.idempotency().complete(token, 'result')
  await tx.idempotency().reserve(reservation(`${run}-b`))
}

/** All that is there of it. Asks for the reservations by reserving, so each run is looked at once. */
async function look(storage: Storage<unknown>, run: string): Promise<readonly unknown[]> {
  const accounts = storage.repository(Account)
  const messages = (state: 'due' | 'leased' | 'delivered') =>
    wellAgain(async () =>
      (await storage.outbox(run).list({ state, limit: 9 })).items.map(({ id }) => id.slice(-1)).join(),
    )
  const reserved = (key: string) => wellAgain(async () => (await storage.idempotency().reserve(reservation(key))).state)
  return [
    await wellAgain(async () => (await accounts.get(run))?.balance),
    await wellAgain(() => accounts.count({ where: { name: run } })),
    ...(await wellAgain(() => storage.keyValue(run).getMany(['kept', 'added']))),
    await messages('due'),
    await messages('leased'),
    await messages('delivered'),
    await reserved(`${run}-a`),
    await reserved(`${run}-b`),
  ]
}

const nothingOfIt = [10, 0, 'old', null, '', 'a', '', 'in-progress', 'reserved']
const allOfIt = [15, 1, 'new', 'new', 'b', '', 'a', 'replay', 'in-progress']

/** T1 where the connection dies, or the server. */
export const cutTransactionCases: readonly Case[] = [
  ...(
    [
      ['request', 'cut-request', 'before any of its requests arrives'],
      ['answer', 'cut-answer', 'while any of its answers is on the way'],
    ] as const
  ).map(([name, fault, words]) =>
    defineCase(
      `T1.cut-at-each-${name}`,
      `of a transaction whose connection dies ${words} all is there, in every port, or nothing; what is told as done is there, what is told as unavailable is not`,
      async (world) => {
        const through = await throughProxy(world, ample)
        const disturbed = await onEachTurn(through, fault, async (turn, arm) => {
          const prepared = await prepare(world.a, `t-${turn}`)
          const armed = arm()
          const end = await ending('the transaction', ample, () =>
            through.storage.transaction((tx) => write(tx, prepared)),
          )
          const { fired } = armed
          await settled(through.storage)
          const found = await look(world.b, prepared.run)
          const all = found[0] === allOfIt[0]
          same(found, all ? allOfIt : nothingOfIt, `what is there of a transaction that was cut at turn ${turn}`)
          const was = `${told(end)} of a transaction of which ${all ? 'all' : 'nothing'} is there`
          if ('value' in end) ok(all, was)
          else if (end.code === 'unavailable') ok(!all, was)
          else ok(end.code === 'commit-unknown', was)
          if (!fired) ok(all, `${told(end)} of a transaction that nothing disturbed`)
        })
        ok(disturbed > 0, 'nothing of the transaction came through the proxy')
      },
      { skip },
    ),
  ),

  defineCase(
    'T1.swallowed-loss',
    'a work that swallows the loss of its connection and goes on is never told that it has committed',
    async (world) => {
      const through = await throughProxy(world, ample)
      await onEachTurn(through, 'cut-request', async (turn, arm) => {
        const id = `t-${turn}`
        const swallow = (call: Promise<unknown>): Promise<unknown> => call.catch(() => null)
        const armed = arm()
        const end = await ending('the transaction', ample, () =>
          through.storage.transaction(async (tx) => {
            for (const part of ['one', 'two', 'three'])
              await swallow(tx.repository(Account).insert({ email: `${id}-${part}`, name: id }))
          }),
        )
        const { fired } = armed
        await settled(through.storage)
        const rows = await world.b.repository(Account).count({ where: { name: id } })
        ok(rows === 0 || rows === 3, `${rows} rows of three are there`)
        if ('value' in end) ok(rows === 3, `success of a transaction of which ${rows} rows of three are there`)
        else ok(fired, `${told(end)} of a transaction that nothing disturbed`)
      })
    },
    { skip },
  ),

  defineCase(
    'T1.server-stopped',
    'of a transaction whose server stops before the commit nothing is there when it is back, and all of one that was told as done',
    async (world) => {
      const { a, b, server } = world
      const done = await prepare(a, 't-done')
      await a.transaction((tx) => write(tx, done))
      const open = await prepare(a, 't-open')
      const reached = gate()
      const stopped = gate()
      const running = ending('the transaction', 20_000, () =>
        a.transaction(
          async (tx) => {
            await write(tx, open)
            reached.open()
            await stopped.opened
          },
          { timeoutMs: 20_000 },
        ),
      )
      await Promise.race([reached.opened, running])
      await server.stop()
      stopped.open()
      const end = await running
      await server.start()
      await settled(a)
      await settled(b)
      ok(!('value' in end), 'it was told as done')
      same(await look(b, 't-done'), allOfIt, 'what is there of the transaction that was done')
      same(await look(a, 't-open'), nothingOfIt, 'what is there of the other one')
    },
    { skip: skipWithoutRestart, stopsServer: true },
  ),
]
