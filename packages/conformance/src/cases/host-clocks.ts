import type { Storage } from '@portolan/ports'
import { allWon, equal, ok, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { offered, together } from '../needs.ts'
import type { SecondProcess } from '../process.ts'
import { raceProcesses } from '../process.ts'
import type { Body } from '../process-bodies.ts'
import { reserve, reserved } from './idempotency.ts'
import { fill, ids } from './outbox.ts'

const fiveMinutes = 300_000
const lease = 60_000

interface Done {
  readonly claimed: readonly string[]
  readonly reserved: string
  readonly value: string | null
  readonly expiresAt: string | null
}

/** Claims, reserves, and sets and reads entries, all for a minute. */
async function work(storage: Storage<unknown>, name: string): Promise<Done> {
  const claimed = await storage.outbox('topic').claim({ limit: 4, leaseMs: lease })
  const answer = await reserve(storage, { key: 'contended', leaseMs: lease })
  await storage.keyValue('space').set(name, 'value', { ttlMs: lease })
  return {
    claimed: ids(claimed),
    reserved: answer.state,
    value: await storage.keyValue('space').get('earlier'),
    expiresAt: (await storage.keyValue('space').getEntry(name))?.expiresAt ?? null,
  }
}

async function there(other: SecondProcess, inputs: readonly string[]): Promise<readonly Done[]> {
  return valuesOf(await other.run('lease for a minute', inputs))
}

function valuesOf(outcomes: Awaited<ReturnType<SecondProcess['run']>>): readonly Done[] {
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw new Error(`the other process failed: ${outcome.message}`)
    return outcome.value as Done
  })
}

/**
 * C1 on a store that has a clock: the hosts of two clients disagree by five minutes about what time it is. Both run with the store's
 * own clock, so nothing here waits for it: every lease outlives the case.
 */
export const hostClockCases: readonly Case[] = [
  defineCase(
    'C1.clocks-of-hosts',
    'where the clock of a host is five minutes ahead its client takes nothing whose lease has not ended, finds nothing expired or due that is not, and what it leases or dates ends when it should',
    async (world) => {
      const { storage: here } = await world.open({ clock: undefined, callerClock: undefined })
      const other = await world.process({ aheadMs: fiveMinutes })
      await fill(here, 12)
      await here.outbox('topic').enqueue([{ id: 'later', payload: 1, delayMs: lease }])
      await here.keyValue('space').set('earlier', 'value', { ttlMs: lease })
      const first = ids(await here.outbox('topic').claim({ limit: 4, leaseMs: lease }))
      await reserved(here, { key: 'contended', leaseMs: lease })

      const [ahead] = await there(other, ['ahead'])
      const behind = await work(here, 'behind')
      ok(ahead, 'the other process told nothing')
      equal(ahead.value, 'value', 'the entry of a minute, as the host sees it whose clock is ahead')
      equal(ahead.reserved, 'in-progress', 'the answer to the host whose clock is ahead')
      equal(behind.reserved, 'in-progress', 'the answer to the other host')
      const taken = [...first, ...ahead.claimed, ...behind.claimed]
      equal(new Set(taken).size, taken.length, 'messages leased, each once')
      equal(taken.length, 12, 'messages leased')
      const apart = Date.parse(behind.expiresAt ?? '') - Date.parse(ahead.expiresAt ?? '')
      ok(apart >= 0 && apart < lease, `two entries of a minute, one after the other, end ${apart} ms apart`)
      same(await here.outbox('topic').claim({ limit: 9, leaseMs: lease }), [], 'claimed though nothing is due')
    },
    { skip: together(storeWithAClock, offered('processes')) },
  ),

  defineCase(
    'C1.racing-hosts',
    'of racers on hosts whose clocks are five minutes apart none leases what another has leased',
    async (world) => {
      const { storage: here } = await world.open({ clock: undefined, callerClock: undefined })
      const other = await world.process({ aheadMs: fiveMinutes })
      const half = Math.ceil(world.racers / 2)
      // Due for whatever clock: the leases are what is raced for.
      await fill(here, world.racers * 4, { at: new Date(0) })
      const names = (side: string) => Array.from({ length: half }, (_, index) => `${side}-${index}`)
      const { local, remote } = await raceProcesses(
        other,
        'lease for a minute',
        names('ahead'),
        names('behind').map((name) => () => work(here, name)),
      )
      const again = allWon(await Promise.allSettled(names('again').map((name) => work(here, name))))
      const every = [...local, ...valuesOf(remote), ...again]
      const taken = every.flatMap(({ claimed }) => claimed)
      equal(new Set(taken).size, taken.length, 'messages leased, each once')
      equal(every.filter(({ reserved: state }) => state === 'reserved').length, 1, 'racers that run')
    },
    { skip: together(storeWithAClock, offered('processes')), race: true },
  ),
]

function storeWithAClock({ storeClock }: { readonly storeClock: unknown }): string | null {
  return storeClock === 'store' ? null : `declares storeClock: ${JSON.stringify(storeClock)}`
}

export const hostClockBodies: { readonly [name: string]: Body } = {
  'lease for a minute': ({ storage, input }) => work(storage, String(input)),
}
