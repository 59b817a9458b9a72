import { defineEntity, instant, integer, type Storage, text } from '@portolan/ports'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openWire, type Wire } from './turns.ts'

const Item = defineEntity({
  name: 'item',
  fields: { shelf: text(), number: integer(), code: text().nullable(), from: instant(), till: instant() },
  unique: { byCode: ['code'] },
  indexes: { byShelf: ['shelf', 'number'] },
  noOverlap: { perShelf: { within: ['shelf'], from: 'from', until: 'till' } },
  versioned: true,
})

let wire: Wire
let storage: Storage
beforeAll(async () => {
  wire = await openWire([Item])
  storage = wire.storage
  // Scripts that the server does not know yet cost one more, once.
  await everyScript()
})
beforeEach(async () => {
  await storage.repository(Item).deleteMany({ where: {} })
  await storage.repository(Item).insertMany([1, 2, 3, 4, 5].map(anItem))
})
afterAll(() => wire.close())

type Tx = Parameters<Parameters<Storage['transaction']>[0]>[0]
const inside = (tx: Tx) => tx.repository(Item)
const hour = (of: number): string => new Date(Date.UTC(2026, 0, 1, of)).toISOString()
const anItem = (number: number) => ({
  id: `${number}`,
  shelf: 'shelf',
  number,
  code: `code ${number}`,
  from: hour(number),
  till: hour(number + 1),
})
const read = async (tx: Tx, count: number): Promise<void> => {
  for (let number = 1; number <= count; number++) await inside(tx).get(`${number}`)
}

async function everyScript(): Promise<void> {
  await storage.repository(Item).deleteMany({ where: {} })
  await storage.repository(Item).insert(anItem(1))
  for (const reads of ['latest', 'snapshot'] as const)
    await storage.transaction(
      async (tx) => {
        await read(tx, 2)
        await tx.guard('guard')
        await tx.keyValue('space').set('x', 'value')
      },
      { reads, guards: ['other'] },
    )
  await storage.transaction((tx) => read(tx, 2))
  await storage.transaction((tx) => inside(tx).delete('1'))
  await storage.transaction((tx) => read(tx, 2), { guards: ['guard'] })
}

const given = (turns: number, work: (tx: Tx) => Promise<unknown>, options?: Parameters<Storage['transaction']>[1]) =>
  [turns, () => storage.transaction(work, options)] as const

/*
 * Reads cost one round trip each, the commit one, whatever it writes. A write costs one where it has to look: an insert at the id,
 * natural keys and rules that it may meet; an update, upsert or delete at the row, unless it has been read or written before; an update
 * that changes what a key or rule is made of at these as well. What a write has to look at is looked at together.
 * An entry that replaces whatever is there looks at nothing; a message at its id.
 */
test('n reads are n round trips, and the commit is one, whatever it writes', async () => {
  await wire.expectTurns({
    'five reads, five rows written that were read': given(11, async (tx) => {
      await read(tx, 5)
      for (let number = 1; number <= 5; number++) await inside(tx).update(`${number}`, { number: { increment: 1 } })
    }),
    'a hundred rows in bulk: one look': given(2, (tx) =>
      inside(tx).insertMany(Array.from({ length: 100 }, (_, number) => anItem(100 + number))),
    ),
    'entries that replace whatever is there': given(1, async (tx) => {
      for (let number = 0; number < 10; number++) await tx.keyValue('space').set(`${number}`, 'value')
    }),
    'entries read': given(3, async (tx) => {
      await tx.keyValue('space').get('0')
      await tx.keyValue('space').getMany(['1', '2', '3'])
    }),
    'an update that moves: the row, what is in its way': given(3, (tx) =>
      inside(tx).update('1', { from: hour(50), till: hour(51), code: 'moved' }),
    ),
    'a message, with an id of its own': given(2, (tx) => tx.outbox('topic').enqueue([{ id: 'id', payload: 1 }])),
    'updateMany: the rows': given(2, (tx) =>
      inside(tx).updateMany({ where: { shelf: 'shelf' }, patch: { number: 9 } }),
    ),
    'deleteMany: the rows': given(2, (tx) => inside(tx).deleteMany({ where: { shelf: 'shelf' } })),
  })
})

test('guards are one round trip for all of them; they are let go of with the commit', async () => {
  await wire.expectTurns({
    'in the option': given(2, (tx) => tx.keyValue('space').set('key', 'value'), { guards: ['a', 'b', 'c'] }),
    'within the work': given(2, async (tx) => {
      await tx.guard('a', 'b', 'c')
      await tx.keyValue('space').set('key', 'value')
    }),
    'held already: nothing': given(
      2,
      async (tx) => {
        await tx.guard('a')
        await tx.keyValue('space').set('key', 'value')
      },
      { guards: ['a'] },
    ),
  })
})

test('a snapshot costs what others cost: each read finds the earlier ones unchanged in its own script', async () => {
  await wire.expectTurns({
    'five reads, and the end': given(6, (tx) => read(tx, 5), { reads: 'snapshot' }),
    'five reads, one write of what was read, and the commit': given(
      7,
      async (tx) => {
        await read(tx, 5)
        await inside(tx).update('1', { number: 7 })
      },
      { reads: 'snapshot' },
    ),
  })
})

test('work that fails is checked by one round trip, where it has read more than once', async () => {
  const failing = (work: (tx: Tx) => Promise<unknown>) => async () =>
    expect(
      storage.transaction(async (tx) => {
        await work(tx)
        throw new Error('given up')
      }),
    ).rejects.toThrow('given up')
  await wire.expectTurns({
    'that has read nothing': [0, failing(async () => undefined)],
    'that has read once': [1, failing((tx) => read(tx, 1))],
    'that has read and written': [
      3,
      failing(async (tx) => {
        await read(tx, 2)
        await tx.keyValue('space').set('key', 'value')
      }),
    ],
  })
})
