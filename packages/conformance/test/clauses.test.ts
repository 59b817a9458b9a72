import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { clausesPage } from '../scripts/clauses-page.ts'
import { standardCases } from '../src/cases/index.ts'
import { clauseOf, clauses } from '../src/clauses.ts'

describe('the clauses', () => {
  test('docs/clauses.md is up to date; else: pnpm --filter @portolan/conformance clauses', async () => {
    expect(await readFile(join(import.meta.dirname, '..', '..', '..', 'docs', 'clauses.md'), 'utf8')).toBe(
      clausesPage(),
    )
  })

  test('have cases, each under a clause that exists and a name of its own', () => {
    const ids = standardCases.map(({ id }) => id)
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
    for (const { id, clause, title } of standardCases) {
      expect(id).toMatch(/^[A-Z]\d\.[a-z0-9]+(-[a-z0-9]+)*$/)
      expect(clauseOf(clause), id).not.toBeNull()
      expect(title.length, id).toBeGreaterThan(10)
    }
  })

  test('all have cases but those of which nothing can be shown yet', () => {
    const without = clauses.filter(({ id }) => !standardCases.some(({ clause }) => clause === id)).map(({ id }) => id)
    expect(without).toEqual(clauses.filter(({ later }) => later?.whole).map(({ id }) => id))
  })

  test('that claim something under concurrency have race cases', () => {
    const without = clauses.filter(
      ({ id, race, later }) => race && !later?.whole && !standardCases.some((one) => one.clause === id && one.race),
    )
    expect(without.map(({ id }) => id)).toEqual([])
  })
})
