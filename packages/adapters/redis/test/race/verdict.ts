import type { Storage } from '@portolan/ports'
import { expect } from 'vitest'
import { Counter, Stay, Step } from './entities.ts'
import type { Calls, Ledger } from './workload.ts'

/** What was acknowledged is there once, what is unknown at most once, and nothing else is there. */
function expectKept(stored: readonly string[], { done, unknown }: Calls): void {
  expect(new Set(stored).size, 'nothing is there twice').toBe(stored.length)
  const there = new Set(stored)
  expect(
    [...done].filter((name) => !there.has(name)),
    'what was acknowledged is there',
  ).toEqual([])
  expect(
    stored.filter((name) => !done.has(name) && !unknown.has(name)),
    'nothing else is there',
  ).toEqual([])
}

/** A number that went up by one with each call that was carried out. */
function expectCounted(value: number, { done, unknown }: Calls): void {
  expect(value).toBeGreaterThanOrEqual(done.size)
  expect(value).toBeLessThanOrEqual(done.size + unknown.size)
}

/** Compares what racers were told with what is stored when all have ended. */
export async function verdict(storage: Storage, ledger: Ledger): Promise<void> {
  const stays = await storage.repository(Stay).find({ orderBy: { from: 'asc' } })
  expectKept(
    stays.map(({ id }) => id),
    ledger.stays,
  )
  expect(new Set(stays.map(({ from }) => from)).size, 'a slot has one stay').toBe(stays.length)
  const slots = new Set(stays.map(({ id }) => turnOf(id)))
  expect(
    [...ledger.stays.refused].filter((name) => !slots.has(turnOf(name))),
    'who was refused was not first',
  ).toEqual([])

  const steps = await storage.repository(Step).find({ orderBy: { number: 'asc' } })
  expectKept(
    steps.map(({ id }) => id),
    ledger.steps,
  )
  expect(steps.map(({ number }) => number)).toEqual(steps.map((_, index) => index + 1))
  expect((await storage.repository(Counter).get('counted'))?.value).toBe(steps.length)
  expectCounted((await storage.repository(Counter).get('added'))?.value ?? 0, ledger.additions)

  const entries = storage.keyValue('race')
  expect(await entries.get('last'), 'an entry commits with its transaction').toBe(steps.at(-1)?.id ?? null)
  expectCounted(Number((await entries.get('exchanged')) ?? 0), ledger.exchanges)
  const firsts: string[] = []
  for await (const key of entries.keys({ prefix: 'first ' })) firsts.push((await entries.get(key)) ?? '')
  expectKept(firsts, ledger.firsts)
  const turns = new Set(firsts.map(turnOf))
  expect([...ledger.firsts.refused].filter((name) => !turns.has(turnOf(name)))).toEqual([])

  await verdictOnMessages(storage, ledger, steps.map(({ id }) => id).sort())
}

const turnOf = (name: string): string => name.split(' ')[0] ?? ''

async function verdictOnMessages(storage: Storage, ledger: Ledger, sent: readonly string[]): Promise<void> {
  const [due, leased, dead, delivered] = await Promise.all(
    (['due', 'leased', 'dead', 'delivered'] as const).map((state) => messagesIn(storage, state)),
  )
  const ids = (messages: readonly { readonly id: string }[] = []) => messages.map(({ id }) => id)
  expect([...ids(due), ...ids(leased), ...ids(delivered)].sort(), 'a message goes with its step').toEqual(sent)
  expect(dead).toEqual([])
  const claimed = new Set(ledger.claimed)
  expect(claimed.size, 'nothing is claimed twice').toBe(ledger.claimed.length)
  expect(ids(due).filter((id) => claimed.has(id))).toEqual([])
  for (const message of [...(leased ?? []), ...(delivered ?? [])]) expect(message.attempt).toBe(1)
  // What an unknown claim has leased was told to nobody.
  const untold = ids(leased).filter((id) => !claimed.has(id))
  expect(untold.length).toBeLessThanOrEqual(2 * ledger.claims.unknown.size)
  const acknowledged = (calls: Iterable<string>) => [...calls].flatMap((names) => names.split(','))
  expectKept(ids(delivered), {
    done: new Set(acknowledged(ledger.acknowledged.done)),
    unknown: new Set(acknowledged(ledger.acknowledged.unknown)),
    refused: new Set(),
  })
}

type Listed = Awaited<ReturnType<ReturnType<Storage['outbox']>['list']>>['items'][number]

async function messagesIn(storage: Storage, state: 'due' | 'leased' | 'dead' | 'delivered'): Promise<Listed[]> {
  const found: Listed[] = []
  let cursor: string | null = null
  do {
    const page: { items: readonly Listed[]; nextCursor: string | null } = await storage
      .outbox('steps')
      .list({ state, limit: 500, ...(cursor !== null && { cursor }) })
    found.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== null)
  return found
}
