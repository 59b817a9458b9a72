import { equal, ok, show } from '../assert.ts'
import { type Case, defineCase, type World } from '../case.ts'
import { declared, offered, together } from '../needs.ts'
import type { NetworkFault } from '../proxied-connection.ts'
import { Account } from '../standard-entities.ts'
import { changes, inserts, possible, type SingleWrite } from './single-writes.ts'
import { ample, type Ending, ending, letGo, onEachTurn, settled, short, throughProxy, told } from './through-proxy.ts'

const skip = offered('proxy')
const skipTransactions = together(declared('transactions'), skip)

/**
 * What a caller may be told of a write, by how often it was done: success if once, and with the true answer; commit-unknown if
 * once or not at all; unavailable only if not at all. Anything else is an answer to a repetition, or a guess.
 */
function checkTold(what: string, end: Ending<unknown>, right: (answer: unknown) => boolean, times: number): void {
  const was = `${what} was told as ${told(end)} and done ${times} times`
  ok(times === 0 || times === 1, was)
  if ('value' in end)
    ok(times === 1 && right(end.value), times === 1 ? `${what} was done and answered with ${show(end.value)}` : was)
  else if (end.code === 'unavailable') equal(times, 0, `times that ${what} was done, which was told as unavailable`)
  else equal(end.code, 'commit-unknown', `what ${what} was told as, which was done ${times} times`)
}

/** Each write in turn, with the fault on each of its turns on the wire. */
async function disturb(
  world: World,
  writes: readonly SingleWrite[],
  fault: NetworkFault,
  timeoutMs: number,
): Promise<void> {
  const through = await throughProxy(world, timeoutMs)
  const { storage, proxy } = through
  for (const [index, one] of possible(writes, world.capabilities).entries()) {
    const disturbed = await onEachTurn(through, fault, async (turn, arm) => {
      const run = `r${index}-${turn}`
      const prepared = await one.prepare(world.a, run)
      const armed = arm()
      const end = await ending(one.name, timeoutMs, () => one.write(storage, run, prepared))
      const { fired } = armed
      letGo(proxy, fault)
      await settled(storage)
      const times = await one.times(world.b, run)
      checkTold(one.name, end, one.right, times)
      if (!fired) ok('value' in end, `${one.name}, undisturbed, was told as ${told(end)}`)
    })
    ok(disturbed > 0, `nothing of ${one.name} came through the proxy`)
  }
}

/** E3, N3, I2: answers that never come. */
export const lostAnswerCases: readonly Case[] = [
  defineCase(
    'I2.lost-answer',
    'a caller whose insert was stored and whose answer was lost is never told that the own row was in the way, or that another was there',
    (world) => disturb(world, inserts, 'cut-answer', ample),
    { skip },
  ),

  defineCase(
    'N3.lost-answer',
    'of increments whose answers are lost on the way each is stored once or not at all, and told as what it was or as unknown',
    (world) => disturb(world, changes.slice(0, 4), 'cut-answer', ample),
    { skip },
  ),

  defineCase(
    'N3.racers-with-lost-answers',
    'where answers to racing increments are lost, the sum lies between those acknowledged and those acknowledged or unknown',
    async (world) => {
      const { proxy, storage } = await throughProxy(world, ample)
      const other = (await world.open({ via: proxy, timeoutMs: ample })).storage
      await world.a.repository(Account).insert({ id: 'row', email: 'row' })
      let acknowledged = 0
      let unknown = 0
      let lost = 0
      for (let round = 0; round < Math.min(5, world.rounds); round++) {
        await settled(storage)
        await settled(other)
        const faults = [1, 4, 8].map((turn) => proxy.failAt(turn + round, 'cut-answer'))
        const ends = await Promise.all(
          Array.from({ length: world.racers }, (_, index) =>
            ending('an increment', ample, () =>
              (index % 2 === 0 ? storage : other).repository(Account).update('row', { balance: { increment: 1 } }),
            ),
          ),
        )
        for (const fault of faults) {
          fault.cancel()
          if (fault.fired) lost++
        }
        for (const end of ends)
          if ('value' in end) acknowledged++
          else if (end.code === 'commit-unknown') unknown++
          else equal(end.code, 'unavailable', 'what an increment was told as')
      }
      await settled(storage)
      await settled(other)
      const sum = (await world.b.repository(Account).get('row'))?.balance ?? 0
      ok(lost > 0, 'no answer was lost')
      ok(
        acknowledged <= sum && sum <= acknowledged + unknown,
        `the sum is ${sum}, with ${acknowledged} increments acknowledged and ${unknown} unknown`,
      )
    },
    { skip, race: true },
  ),

  defineCase(
    'E3.lost-answer-of-a-write',
    'a write whose answer is lost is stored once, and told as commit-unknown or with its true answer: not as a conflict, not as an outage',
    (world) => disturb(world, changes, 'cut-answer', ample),
    { skip },
  ),

  defineCase(
    'E3.lost-request-of-a-write',
    'a write whose connection is lost before it arrives is stored once or not at all, and told as unknown, as an outage, or with its true answer',
    (world) => disturb(world, [...inserts, ...changes], 'cut-request', ample),
    { skip },
  ),

  defineCase(
    'E3.unanswered-write',
    'a write that nothing answers ends within timeoutMs as commit-unknown, and is not repeated afterwards',
    (world) => disturb(world, changes.slice(0, 1), 'swallow-answer', short),
    { skip },
  ),

  ...(
    [
      ['lost', 'cut-answer', ample, 'is lost'],
      ['unanswered', 'swallow-answer', short, 'never comes'],
    ] as const
  ).map(([name, fault, timeoutMs, words]) =>
    defineCase(
      `E3.${name}-commit`,
      `a transaction whose answer to the commit ${words} is stored once and told as commit-unknown or as done; its work does not run again, and hooks run only if it is told as done`,
      async (world) => {
        const through = await throughProxy(world, timeoutMs)
        const { storage, proxy } = through
        let storedWithoutAnswer = 0
        await onEachTurn(through, fault, async (turn, arm) => {
          const id = `t-${turn}`
          await world.a.repository(Account).insert({ id, email: id })
          let runs = 0
          let hooks = 0
          const armed = arm()
          const end = await ending('the transaction', timeoutMs, () =>
            storage.transaction(async (tx) => {
              runs++
              tx.afterCommit(() => {
                hooks++
              })
              await tx.repository(Account).update(id, { balance: { increment: 1 } })
              return 'result'
            }),
          )
          const { fired } = armed
          letGo(proxy, fault)
          await settled(storage)
          const times = (await world.b.repository(Account).get(id))?.balance ?? -1
          checkTold('a transaction', end, (answer) => answer === 'result', times)
          if (times === 1) equal(runs, 1, 'runs of the work')
          equal(hooks, 'value' in end ? 1 : 0, `hooks that ran of a transaction told as ${told(end)}`)
          if (!fired) ok('value' in end, `the transaction, undisturbed, was told as ${told(end)}`)
          else if (times === 1) storedWithoutAnswer++
        })
        ok(storedWithoutAnswer > 0, 'no transaction was stored whose answer was lost')
      },
      { skip: skipTransactions },
    ),
  ),
]
