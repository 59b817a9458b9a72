import type { Storage } from '@portolan/ports'
import { equal, fail, ok, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { turns } from '../interleaving.ts'
import { declared, offered, together } from '../needs.ts'
import type { Body } from '../process-bodies.ts'
import { Account } from '../standard-entities.ts'
import { after, before, type Everything, everything, type Prepared, prepare, writes } from './transactions-setting.ts'

const skip = together(declared('transactions'), offered('processes'))

/** T1 where the process dies: killed (SIGKILL), with nothing tidied up, and looked at by a client opened afterwards. */
export const deathCases: readonly Case[] = [
  ...points().map(([point, title, expected]) =>
    defineCase(
      `T1.killed-${point}`,
      title,
      async (world) => {
        const prepared = await prepare(world.a)
        const dying = await world.process()
        const running = dying.run('write-everywhere', [{ prepared, point }])
        running.catch(() => undefined)
        const ended = running.then(([outcome]) =>
          fail(`the work ended before it was killed: ${JSON.stringify(outcome)}`),
        )
        await Promise.race([dying.reached(point), ended])
        await dying.kill()
        await ended.catch(() => undefined)
        const { storage } = await world.open()
        same(await everything(storage), expected, 'what a fresh client finds')
        await checkUsable(storage)
        same(await everything(world.b), await everything(storage), 'what a client opened before finds')
      },
      { skip },
    ),
  ),

  defineCase(
    'T1.killed-at-any-moment',
    'wherever a process is killed that commits one transaction after another, every transaction is there whole or not at all',
    async (world) => {
      for (const enough of [1, 3, 7, 12, 20]) {
        const run = `run-${enough}`
        const dying = await world.process()
        let over = false
        const running = dying.run('commit-without-end', [run]).then(
          ([outcome]) => {
            over = true
            return outcome
          },
          () => undefined,
        )
        // The other process cannot say where it is in a commit, so it is looked at from outside until it is far enough.
        while (!over && Number(await world.a.keyValue('progress').get(run)) < enough) await turns(1)
        ok(!over, `the work ended by itself: ${JSON.stringify(over && (await running))}`)
        await dying.kill()
        await running
        const { storage } = await world.open()
        const count = Number(await storage.keyValue('progress').get(run))
        const rows = await storage.repository(Account).find({ where: { name: run }, orderBy: { balance: 'asc' } })
        const messages = (await storage.outbox(run).list({ state: 'due', limit: 1_000 })).items
        ok(count >= enough, `a commit was lost: ${count} are there of at least ${enough}`)
        same(
          rows.map(({ balance }) => balance),
          Array.from({ length: count }, (_, index) => index + 1),
          `the rows of ${count} transactions`,
        )
        equal(messages.length, count, `the messages of ${count} transactions`)
        await checkUsable(storage)
      }
    },
    { skip },
  ),
]

function points(): readonly (readonly [point: string, title: string, expected: Everything])[] {
  return [
    ['after-its-first-write', 'of a process killed after the first write of a transaction nothing is there', before],
    ['in-the-middle', 'of a process killed in the middle of a transaction nothing is there', before],
    ['before-its-commit', 'of a process killed after the last write, before the commit, nothing is there', before],
    ['after-its-commit', 'of a process killed after the commit everything is there', after],
  ]
}

function pointAfter(step: number, steps: number): string | null {
  if (step === 0) return 'after-its-first-write'
  if (step === Math.floor(steps / 2)) return 'in-the-middle'
  return step === steps - 1 ? 'before-its-commit' : null
}

async function checkUsable(storage: Storage<unknown>): Promise<void> {
  const before = await storage.repository(Account).count()
  const { id } = await storage.transaction((tx) => tx.repository(Account).insert({ email: 'afterwards' }))
  equal(await storage.repository(Account).count(), before + 1, 'rows after a further write')
  await storage.repository(Account).delete(id)
}

/** What the dying process runs. */
export const deathBodies: { readonly [name: string]: Body } = {
  'write-everywhere': async ({ storage, input, pause }) => {
    const { prepared, point } = input as { prepared: Prepared; point: string }
    const steps = writes(prepared)
    await storage.transaction(
      async (tx) => {
        for (const [index, write] of steps.entries()) {
          await write(tx)
          const reached = pointAfter(index, steps.length)
          if (reached === point) await pause(point)
        }
      },
      { timeoutMs: 60_000 },
    )
    await pause('after-its-commit')
  },

  'commit-without-end': async ({ storage, input }) => {
    const run = String(input)
    for (let number = 1; ; number++) {
      await storage.transaction(async (tx) => {
        await tx.repository(Account).insert({ email: `${run}-${number}`, name: run, balance: number })
        await tx.outbox(run).enqueue([{ payload: number }])
        await tx.keyValue('progress').set(run, String(number))
      })
    }
  },
}
