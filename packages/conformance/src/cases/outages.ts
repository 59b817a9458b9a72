import { isStorageError, type Storage, type StorageError } from '@portolan/ports'
import { equal, fail, ok, same, show } from '../assert.ts'
import { canary, everyText } from '../canary.ts'
import { type Case, defineCase, type World } from '../case.ts'
import { offered } from '../needs.ts'
import { Account } from '../standard-entities.ts'
import { fillAll, readCalls, writeCalls } from './outage-calls.ts'
import {
  ample,
  type Ending,
  ending,
  onEachTurn,
  settled,
  short,
  throughProxy,
  told,
  wellAgain,
} from './through-proxy.ts'

const skip = offered('proxy')
const skipWithoutRestart = offered('restart')

/** Long enough for a client to hear that its connections have ended. */
const heard = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100))

interface Call {
  readonly name: string
  readonly writes: boolean
  readonly done?: ((storage: Storage<unknown>) => Promise<boolean>) | undefined
  run(storage: Storage<unknown>): Promise<unknown>
}

function everyCall({ capabilities }: World): readonly Call[] {
  return [
    ...readCalls.map(({ name, read }) => ({ name, writes: false, run: read })),
    ...writeCalls(capabilities).map(({ name, write, done }) => ({ name, writes: true, run: write, done })),
    { name: 'schema.verify', writes: false, run: (storage) => storage.schema.verify() },
  ]
}

/** Every kind of call at the same time, each within timeoutMs. */
async function all(world: World, storage: Storage<unknown>): Promise<readonly [Call, Ending<unknown>][]> {
  return await Promise.all(
    everyCall(world).map(
      async (call): Promise<[Call, Ending<unknown>]> => [call, await ending(call.name, short, () => call.run(storage))],
    ),
  )
}

/** No server can be reached, and the client has noticed: no call can have had an effect. */
async function checkUnavailable(world: World, storage: Storage<unknown>): Promise<void> {
  for (const [{ name }, end] of await all(world, storage))
    if ('value' in end) fail(`${name} was answered in an outage: ${show(end.value)}`)
    else equal(end.code, 'unavailable', `what ${name} was told as`)
}

/** The same client answers again, rightly where it can be known what is there, and does what it is asked for. */
async function checkRecovered(storage: Storage<unknown>, expected: readonly unknown[] | null): Promise<void> {
  await settled(storage)
  for (const [index, { name, read }] of readCalls.entries()) {
    const answer = await wellAgain(() => read(storage))
    if (expected) same(answer, expected[index], `${name} after the outage`)
  }
  await wellAgain(() => storage.repository(Account).update('row-0', { name: 'after' }))
  equal((await storage.repository(Account).get('row-0'))?.name, 'after', 'a row written after the outage')
}

const answers = async (storage: Storage<unknown>): Promise<readonly unknown[]> => {
  const list: unknown[] = []
  for (const { read } of readCalls) list.push(await read(storage))
  return list
}

/** E2, and E5 in an outage. */
export const outageCases: readonly Case[] = [
  defineCase(
    'E2.refused',
    'where the server refuses connections every kind of call is unavailable within timeoutMs, and the same client works again once it accepts them: nothing of those calls is done later',
    async (world) => {
      const { proxy, storage } = await throughProxy(world, short)
      await fillAll(world.a)
      const expected = await answers(world.b)
      await proxy.refuse()
      await heard()
      await checkUnavailable(world, storage)
      await proxy.restore()
      await checkRecovered(storage, expected)
    },
    { skip },
  ),

  defineCase(
    'E2.server-stopped',
    'while the server is stopped every kind of call is unavailable within timeoutMs, and the same client works again once it is started',
    async (world) => {
      const { storage } = await world.open({ timeoutMs: short })
      await fillAll(world.a)
      const expected = await answers(storage)
      await world.server.stop()
      await heard()
      await checkUnavailable(world, storage)
      await world.server.start()
      if (world.capabilities.durability !== 'none') return await checkRecovered(storage, expected)
      await wellAgain(() => storage.schema.apply())
      await wellAgain(() => fillAll(storage))
      equal(await wellAgain(() => storage.repository(Account).count()), 200, 'rows after the outage')
    },
    { skip: skipWithoutRestart, stopsServer: true },
  ),

  defineCase(
    'E2.no-answer',
    'where connections stay and nothing answers every kind of call ends within timeoutMs: reads as unavailable, writes as unavailable or unknown; what was told as unavailable is not done later',
    async (world) => {
      const { proxy, storage } = await throughProxy(world, short)
      await fillAll(world.a)
      const expected = await answers(world.b)
      proxy.silence()
      const ends = await all(world, storage)
      for (const [{ name, writes }, end] of ends) {
        if ('value' in end) fail(`${name} was answered by nobody: ${show(end.value)}`)
        if (!writes || end.code !== 'commit-unknown') equal(end.code, 'unavailable', `what ${name} was told as`)
      }
      await proxy.restore()
      // A client that still has a request waiting sends it before this is answered.
      await settled(storage)
      const unknown = ends.some(([, end]) => 'code' in end && end.code === 'commit-unknown')
      for (const [{ name, done }, end] of ends)
        if (done && 'code' in end && end.code === 'unavailable')
          ok(!(await done(world.b)), `${name} was told as unavailable and done later`)
      await checkRecovered(storage, unknown ? null : expected)
    },
    { skip },
  ),

  defineCase(
    'E2.cut-reads',
    'a read whose connection is cut before the request, before the answer or in the middle of it is unavailable or answered rightly, and never in part',
    async (world) => {
      await fillAll(world.a)
      const expected = await answers(world.b)
      const through = await throughProxy(world, ample)
      for (const fault of ['cut-request', 'cut-answer', 'tear-answer'] as const)
        for (const [index, { name, read }] of readCalls.entries()) {
          const disturbed = await onEachTurn(through, fault, async (_, arm) => {
            const armed = arm()
            const end = await ending(name, ample, () => read(through.storage))
            const { fired } = armed
            if ('value' in end) same(end.value, expected[index], `${name} with ${fault}`)
            else ok(fired && end.code === 'unavailable', `${name} with ${fault} was told as ${told(end)}`)
          })
          ok(disturbed > 0, `nothing of ${name} came through the proxy`)
        }
    },
    { skip },
  ),

  defineCase(
    'E2.slow-answers',
    'answers that are slow and come within timeoutMs are answers: no call gives up early',
    async (world) => {
      const { proxy, storage } = await throughProxy(world, ample)
      await fillAll(world.a)
      proxy.delay(100)
      equal(await storage.repository(Account).count(), 200, 'rows')
      await storage.repository(Account).update('row-0', { name: 'slow' })
      equal((await storage.repository(Account).get('row-0'))?.name, 'slow', 'what was written slowly')
    },
    { skip },
  ),

  defineCase(
    'E5.outage',
    'the error of an outage, of a cut or of a lost answer shows no value of the user, no password and no words of the client',
    async (world) => {
      const { proxy, storage } = await throughProxy(world, short)
      await fillAll(world.a)
      const errors: StorageError[] = []
      const secrets = [canary, ...(world.target.secrets?.(world.place) ?? [])]
      const collect = async (call: Call): Promise<void> => {
        const thrown = await call.run(storage).then(
          () => null,
          (error: unknown) => error,
        )
        if (isStorageError(thrown)) errors.push(thrown)
        else if (thrown !== null) fail(`${call.name} ended with what is no StorageError`)
      }
      for (const call of everyCall(world)) {
        await settled(storage)
        const fault = proxy.failAt(1, call.writes ? 'cut-answer' : 'tear-answer')
        await collect(call)
        fault.cancel()
      }
      await proxy.refuse()
      await heard()
      await Promise.all(everyCall(world).map(collect))
      ok(errors.length >= everyCall(world).length, `${errors.length} errors only`)
      for (const { code, message, stack, data, cause } of errors) {
        const text = [message, stack, everyText(data), everyText(cause)].join('\n')
        for (const secret of secrets) ok(!text.includes(secret), `the ${code} error shows a value or a password`)
        if (cause !== undefined) ok(!(cause instanceof Error), `the cause of the ${code} error is that of the client`)
      }
    },
    { skip },
  ),
]
