import { createStorage, type Question } from '@portolan/adapter-kit'
import { defineEntity, instant, integer, oneOf, type Storage, text } from '@portolan/ports'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Database, database } from './buffered/database.ts'
import { bufferedOn } from './buffered/store.ts'

const Stay = defineEntity({
  name: 'stay',
  fields: {
    code: text(),
    room: text(),
    begins: instant(),
    ends: instant(),
    status: oneOf('held', 'free'),
    guests: integer().default(1),
  },
  unique: { byCode: ['code'], byRoomAndCode: ['room', 'code'] },
  noOverlap: { perRoom: { within: ['room'], from: 'begins', until: 'ends', where: { status: 'held' } } },
})

const at = (hour: number): string => new Date(Date.UTC(2026, 0, 1, hour)).toISOString()
const stay = (id: string, hour: number, status: 'held' | 'free' = 'held') => ({
  id,
  code: id,
  room: 'blue',
  begins: at(hour),
  ends: at(hour + 1),
  status,
})

let rows: Database
let heard: { call: string; questions: readonly Question[] }[]
let storage: Storage
beforeEach(() => {
  rows = database()
  heard = []
  const entities = [Stay]
  const driver = bufferedOn(rows, entities, (call, questions) => heard.push({ call, questions }))
  storage = createStorage(driver, { entities, without: ['keyValue', 'outbox', 'idempotency'] })
})

/** What a transaction asks the store for, call by call. */
async function asking(work: (stays: ReturnType<typeof repository>) => Promise<unknown>): Promise<string[]> {
  heard = []
  await storage.transaction(async (tx) => await work(tx.repository(Stay) as never))
  return heard.map(({ call, questions }) => (call === 'look' ? `look ${questions.length}` : call))
}

function repository() {
  return storage.repository(Stay)
}

describe('calls to the store', () => {
  test('an insert asks once for everything that could be in its way', async () => {
    expect(await asking((stays) => stays.insert(stay('a', 1)))).toEqual(['look 4', 'commit'])
  })

  test('rows in bulk are asked for together, by id and by each key of one field; other keys and rules one by one', async () => {
    const many = Array.from({ length: 24 }, (_, hour) => stay(`${hour}`, hour))
    expect(await asking((stays) => stays.insertMany(many))).toEqual(['look 50', 'commit'])
  })

  test('of more rows than a store looks up at once each question holds so many', async () => {
    const many = Array.from({ length: 2_001 }, (_, index) => ({ ...stay(`${index}`, 0, 'free'), room: `${index}` }))
    expect(await asking((stays) => stays.insertMany(many))).toEqual([`look ${3 + 3 + 2_001}`, 'commit'])
    const [first] = heard
    const [question] = first?.questions ?? []
    const where = question && 'select' in question ? question.select.where : null
    expect(where?.op === 'in' && where.values.length).toBe(1_000)
  })

  test('an update asks for its row, and again only where it moves within a key or rule', async () => {
    await repository().insert(stay('a', 1))
    expect(await asking((stays) => stays.update('a', { guests: 2 }))).toEqual(['look 1', 'commit'])
    expect(await asking((stays) => stays.update('a', { ends: at(9) }))).toEqual(['look 1', 'look 1', 'commit'])
    expect(await asking((stays) => stays.update('a', { code: 'b' }))).toEqual(['look 1', 'look 2', 'commit'])
    expect(await asking((stays) => stays.update('a', { status: 'free' }))).toEqual(['look 1', 'commit'])
  })

  test('an own row is asked for no more', async () => {
    const asked = await asking(async (stays) => {
      await stays.insert(stay('a', 1))
      await stays.update('a', { guests: { increment: 1 } })
      expect((await stays.get('a'))?.guests).toBe(2)
      await stays.delete('a')
      expect(await stays.getMany(['a'])).toEqual([])
    })
    expect(asked).toEqual(['look 4', 'commit'])
    expect(await repository().count()).toBe(0)
  })

  test('failing work is checked, and writes nothing', async () => {
    heard = []
    const running = storage.transaction(async (tx) => {
      await tx.repository(Stay).insert(stay('a', 1))
      throw new Error('changed my mind')
    })
    await expect(running).rejects.toThrow('changed my mind')
    expect(heard.map(({ call }) => call)).toEqual(['look', 'check'])
    expect(await repository().count()).toBe(0)
  })
})

describe('answers with own rows laid over', () => {
  beforeEach(async () => {
    await repository().insertMany([1, 3, 5, 7, 9].map((hour) => stay(`s${hour}`, hour)))
  })

  test('a page is full also where own rows have left it, moved, or come in', async () => {
    await storage.transaction(async (tx) => {
      const stays = tx.repository(Stay)
      await stays.delete('s1')
      await stays.update('s3', { guests: 5 })
      await stays.insert(stay('s4', 4))
      const page = async (offset: number) =>
        (await stays.find({ orderBy: [{ guests: 'asc' }, { begins: 'asc' }], limit: 2, offset })).map(({ id }) => id)
      expect(await page(0)).toEqual(['s4', 's5'])
      expect(await page(1)).toEqual(['s5', 's7'])
      expect(await page(3)).toEqual(['s9', 's3'])
      const first = await stays.page({ orderBy: { begins: 'desc' }, limit: 2 })
      expect(first.items.map(({ id }) => id)).toEqual(['s9', 's7'])
      const next = await stays.page({ orderBy: { begins: 'desc' }, limit: 9, cursor: first.nextCursor ?? '' })
      expect(next.items.map(({ id }) => id)).toEqual(['s5', 's4', 's3'])
    })
  })

  test('counts leave out what own rows were, and count what they are', async () => {
    await storage.transaction(async (tx) => {
      const stays = tx.repository(Stay)
      await stays.updateMany({ where: { begins: { lt: at(6) } }, patch: { status: 'free' } })
      await stays.delete('s9')
      expect(await stays.count({ where: { status: 'free' } })).toBe(3)
      expect(await stays.count({ where: { status: 'held' } })).toBe(1)
      expect(await stays.count()).toBe(4)
    })
  })

  test('an interval that own rows have left is free, and one behind it is not', async () => {
    await storage.transaction(async (tx) => {
      const stays = tx.repository(Stay)
      await stays.delete('s5')
      await stays.update('s7', { begins: at(20), ends: at(21) })
      await stays.insert({ ...stay('long', 4), ends: at(9) })
      await expect(stays.insert({ ...stay('longer', 2), ends: at(20) })).rejects.toThrow(/overlap|in the way|perRoom/i)
    })
    expect(await repository().count()).toBe(5)
  })

  test('keys that own rows have given up are free; those of rows in one statement are judged together', async () => {
    await storage.transaction(async (tx) => {
      const stays = tx.repository(Stay)
      await stays.update('s1', { code: 'x' })
      await stays.update('s3', { code: 's1' })
      await expect(stays.update('s5', { code: 's1' })).rejects.toMatchObject({ code: 'duplicate' })
      for (const where of [{}, { id: { in: ['s1', 's3', 's5'] } }])
        for (const code of ['one', 's9'])
          await expect(stays.updateMany({ where, patch: { code } })).rejects.toMatchObject({ code: 'duplicate' })
      expect((await stays.getBy('byCode', { code: 's1' }))?.id).toBe('s3')
    })
  })

  test('calls that nobody awaits one by one are decided one after the other', async () => {
    const outcomes = await storage.transaction(
      async (tx) =>
        await Promise.allSettled(
          [11, 11, 11].map((hour, index) => tx.repository(Stay).insert(stay(`n${index}`, hour))),
        ),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  test('more rows than one transaction may write are refused, and the transaction goes on', async () => {
    const many = (from: number) =>
      Array.from({ length: 5_001 }, (_, index) => ({ ...stay(`m${from + index}`, 0, 'free'), room: 'many' }))
    await storage.transaction(async (tx) => {
      await tx.repository(Stay).insertMany(many(0))
      await expect(tx.repository(Stay).insertMany(many(10_000))).rejects.toMatchObject({ code: 'too-large' })
      expect(await tx.repository(Stay).count({ where: { room: 'many' } })).toBe(5_001)
    })
  }, 30_000)
})
