import { expect, test } from 'vitest'
import { layoutsOf, postgresDialect, sqliteDialect } from '../src/index.ts'
import { plain } from './entities.ts'

test.each([sqliteDialect, postgresDialect])('names that come out alike are refused: $name', (dialect) => {
  const entities = [
    { ...plain, name: 'a', unique: { b_c: ['begins'] }, rules: [] },
    { ...plain, name: 'a_b', unique: { c: ['begins'] }, rules: [] },
  ]
  expect(() => layoutsOf(entities, {}, dialect)).toThrow('"a_b_c_key" has the name of one of a')
})
