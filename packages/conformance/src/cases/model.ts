import { isStorageError } from '@portolan/ports'
import { describeError, fail, ok, same } from '../assert.ts'
import { type Case, defineCase, type World } from '../case.ts'
import { type Bookings, type Command, commands } from '../generated-commands.ts'
import { declared } from '../needs.ts'
import { forAll } from '../property.ts'
import type { Expected, Model } from '../reference-model.ts'
import { sorted } from '../reference-order.ts'
import { Booking } from '../standard-entities.ts'

type Next = (bookings: Bookings, command: Command) => Promise<void>

/** Runs sequences of commands, each in a scope of its own, and compares every outcome and all rows with the reference. */
async function compare(
  world: World,
  name: string,
  runs: number,
  run: (tenantId: string, sequence: readonly Command[], next: Next) => Promise<void>,
): Promise<void> {
  const { b, clock, capabilities } = world
  let sequences = 0
  await forAll(world, runs, commands, async (sequence) => {
    const tenantId = `${name}-${++sequences}`
    const model: Model = { rows: new Map(), tenantId, overlap: capabilities.overlap }
    const history: string[] = []
    await run(tenantId, sequence, async (bookings, command) => {
      clock.advance(1_000)
      history.push(command.text)
      const told = `after ${history.join(', then ')}`
      const expected = command.expect(model, new Date(clock.now()).toISOString())
      await command.run(bookings).then(
        (value) => checkValue(value, expected, told),
        (error: unknown) => checkRefused(error, expected, told),
      )
      same(await bookings.find(), sorted([...model.rows.values()], []), `the rows ${told}`)
    })
    const stored = await b.repository(Booking, { tenantId }).find()
    same(stored, sorted([...model.rows.values()], []), 'the rows that another client sees in the end')
  })
}

function checkValue(value: unknown, expected: Expected, told: string): void {
  if ('code' in expected) fail(`${told}: not refused as ${expected.code}`)
  same(value, expected.value, told)
}

function checkRefused(error: unknown, expected: Expected, told: string): void {
  if (!('code' in expected)) fail(`${told}: refused with ${describeError(error)}`)
  if (!isStorageError(error) || error.code !== expected.code)
    fail(`${told}: expected ${expected.code}, got ${describeError(error)}`)
  const { id, ids = [id] } = error.data as { readonly id?: string; readonly ids?: readonly string[] }
  ok(
    ids.every((one) => one !== undefined && expected.ids.includes(one)),
    `${told}: ${error.code} names ${ids.join(', ')}, but in the way is ${expected.ids.join(', ')}`,
  )
}

export const modelCases: readonly Case[] = [
  defineCase(
    'X1.commands',
    'generated sequences of calls from two clients do what the reference does',
    async (world) => {
      await compare(world, 'alone', 60, async (tenantId, sequence, next) => {
        for (const [index, command] of sequence.entries())
          await next((index % 2 === 0 ? world.a : world.b).repository(Booking, { tenantId }), command)
      })
    },
  ),
  defineCase(
    'X1.commands-in-transactions',
    'the same inside one transaction, refusals included, and after its commit',
    async (world) => {
      const { a, capabilities } = world
      for (const reads of capabilities.snapshot ? (['latest', 'snapshot'] as const) : (['latest'] as const)) {
        const guards = reads === 'latest' || capabilities.guardsInSnapshot
        await compare(world, reads, 30, async (tenantId, sequence, next) => {
          await a.transaction(
            async (tx) => {
              for (const command of sequence)
                if (guards || !command.guarded) await next(tx.repository(Booking, { tenantId }), command)
            },
            { reads, retries: 0 },
          )
        })
      }
    },
    { skip: declared('transactions') },
  ),
  defineCase(
    'X1.rolled-back',
    'a sequence in a transaction that is rolled back leaves everything as it was',
    async (world) => {
      const { a, b } = world
      await compare(world, 'rolled back', 20, async (tenantId, sequence, next) => {
        const half = Math.ceil(sequence.length / 2)
        for (const command of sequence.slice(0, half)) await next(a.repository(Booking, { tenantId }), command)
        const stop = new Error('roll back')
        const outcome = await b
          .transaction(
            async (tx) => {
              for (const command of sequence.slice(half))
                await command.run(tx.repository(Booking, { tenantId })).catch((error: unknown) => {
                  if (!isStorageError(error)) throw error
                })
              throw stop
            },
            { retries: 0 },
          )
          .catch((error: unknown) => error)
        ok(outcome === stop, `the transaction ended with ${describeError(outcome)}`)
      })
    },
    { skip: declared('transactions') },
  ),
]
