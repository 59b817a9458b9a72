import { matches, type Predicate } from '@portolan/adapter-kit'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { predicateText, sqliteDialect } from '../src/index.ts'
import { predicates, rows } from './predicates.ts'

const database = new Database(':memory:')
afterAll(() => database.close())
database.exec('create table t ("label" text, "count" integer, "weight" real, "on" integer)')

test('a predicate with its values written in says what the kit says of the same row', () => {
  const insert = database.prepare('insert into t values (?, ?, ?, ?)')
  fc.assert(
    fc.property(predicates, rows, (predicate, row) => {
      database.exec('delete from t')
      insert.run(row.label, row.count, row.weight, row.on === null ? null : Number(row.on))
      const text = predicateText(predicate, (field) => sqliteDialect.quote(field), sqliteDialect)
      const found = database.prepare(`select count(*) from t where ${text}`).pluck().get() as number
      expect(found === 1).toBe(matches(predicate, row, () => ''))
    }),
    { numRuns: 2_000 },
  )
})

test('a rule cannot hang on a clock', () => {
  const predicate: Predicate = { op: 'lt', field: 'label', value: { clock: 0 } }
  expect(() => predicateText(predicate, (field) => field, sqliteDialect)).toThrow('clock')
})
