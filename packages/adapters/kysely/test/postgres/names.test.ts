import { defineEntity, instant, integer, text } from '@portolan/ports'
import { describe, expect, test } from 'vitest'
import type { KyselyOptions } from '../../src/index.ts'
import { exercise, Visit } from './exercise.ts'
import { onPostgres } from './place.ts'

/** Names that something between a definition and the server could take for more, or for less, than a name. */
const names: Record<string, string> = {
  'double quotes': 'the "best" ""table"',
  'single quotes': `o'clock`,
  dots: 'public.visit.all',
  spaces: ' two words ',
  'dollar signs': '$1$$body$',
  'a keyword': 'select',
  'another keyword': 'user',
  'a comment': 'a--b/*c*/',
  'a semicolon': 'a;drop table visit',
  backslashes: 'a\\b\\',
  'per cent': '%s%I%L',
  'question marks': '?a :b @c',
  'line breaks': 'a\nb\tc',
  'capital letters': 'Visit',
  'other letters': 'Bücher 🗓️',
  brackets: '{a}[b](c)',
  '63 bytes': 'x'.repeat(63),
  '63 bytes, fewer letters': `x${'ü'.repeat(31)}`,
  'an alias of ours': 'this',
  'another alias of ours': 'other',
}

type Mapping = NonNullable<KyselyOptions['mapping']>

/** Every column is called something with the name in it, cut to what a name may have. */
function mappingOf(name: string): Mapping {
  const room = (text: string): string => {
    let cut = ''
    for (const letter of text) if (Buffer.byteLength(cut + letter) <= 63) cut += letter
    return cut
  }
  const fields = ['tenantId', 'id', 'version', 'createdAt', 'updatedAt', ...Object.keys(Visit.fields)]
  return {
    visit: { table: name, fields: Object.fromEntries(fields.map((field, index) => [field, room(`${index}${name}`)])) },
  }
}

onPostgres((place) => {
  describe('names of tables and columns', () => {
    /** What the storage makes of the exercise under plain names. */
    let expected: unknown[] | null = null

    test.each(Object.entries(names))('with %s', async (_, name) => {
      if (expected === null) {
        const plain = await place.openReady({ entities: [Visit] })
        expected = await exercise(plain.storage as never)
        const { rows } = await place.client.query(
          `select string_agg(tablename, ', ') as tables from pg_tables where schemaname = $1`,
          [place.schema],
        )
        await place.client.query(`drop table ${rows[0].tables}`)
      }
      const opened = place.open({ entities: [Visit], mapping: mappingOf(name) })
      await opened.storage.schema.apply()
      await opened.storage.schema.apply()
      expect(await exercise(opened.storage as never)).toEqual(expected)
      const { rows } = await place.client.query(
        `select relname as name from pg_class where relnamespace = $1::regnamespace and relkind = 'r' and relname not like 'portolan%'`,
        [place.schema],
      )
      expect(rows).toEqual([{ name }])
      // The statements for the user's own migrations say the same.
      for (const statement of opened.storage.schema.statements()) await place.client.query(statement)
    })

    test('two tables whose names are alike but for the letters that Postgres would cut', async () => {
      const entities = ['a', 'b'].map((name) =>
        defineEntity({
          name,
          fields: { value: text(), number: integer() },
          unique: { value: ['value'] },
          indexes: { number: ['number'] },
        }),
      )
      const long = 'x'.repeat(62)
      const mapping = { a: { table: `${long}a` }, b: { table: `${long}b` } }
      const { storage } = await place.openReady({ entities, mapping })
      for (const entity of entities) {
        const rows = storage.repository(entity)
        await rows.insert({ id: '1', value: entity.name, number: 1 })
        await expect(rows.insert({ id: '2', value: entity.name, number: 1 })).rejects.toThrow(
          expect.objectContaining({ code: 'duplicate' }),
        )
        expect(await rows.find()).toMatchObject([{ value: entity.name }])
      }
      expect(await storage.schema.verify()).toEqual([])
    })

    test('fields and everything else as long as definitions allow', async () => {
      const long = (letter: string) => letter.repeat(63)
      const Long = defineEntity({
        name: long('e'),
        scope: long('s'),
        fields: { [long('a')]: text(), [`${'a'.repeat(62)}b`]: text(), [long('f')]: instant(), [long('u')]: instant() },
        unique: { [long('k')]: [long('a')], [`${'k'.repeat(62)}l`]: [`${'a'.repeat(62)}b`] },
        indexes: { [long('i')]: [long('a')], [`${'i'.repeat(62)}j`]: [long('a')] },
        noOverlap: { [long('r')]: { within: [long('a')], from: long('f'), until: long('u') } },
        versioned: true,
      })
      const { storage } = await place.openReady({ entities: [Long] })
      const rows = storage.repository(Long, { [long('s')]: 'tenant' } as never)
      const row = {
        [long('a')]: 'one',
        [`${'a'.repeat(62)}b`]: 'two',
        [long('f')]: '2026-01-01T00:00:00.000Z',
        [long('u')]: '2026-01-02T00:00:00.000Z',
      }
      expect(await rows.insert({ id: '1', ...row } as never)).toMatchObject({ id: '1', ...row })
      expect(await rows.find({ orderBy: { [long('a')]: 'asc' } } as never)).toMatchObject([row])
      for (const [code, more] of [
        ['duplicate', {}],
        ['duplicate', { [long('a')]: 'other' }],
      ] as const)
        await expect(rows.insert({ id: '2', ...row, ...more } as never)).rejects.toThrow(
          expect.objectContaining({ code }),
        )
      expect(await storage.schema.verify()).toEqual([])
    })

    test.each([
      ['of 64 bytes', 'x'.repeat(64)],
      ['of 64 bytes in fewer letters', 'ü'.repeat(32)],
      ['with NUL', 'a\0b'],
      ['with half of a character', 'a\ud800'],
      ['that is empty', ''],
      ['that Postgres keeps for its own tables', 'pg_visit'],
    ])('%s is refused at the start', async (_, name) => {
      const refusal = expect.objectContaining({ code: 'invalid-definition' })
      expect(() => place.open({ entities: [Visit], mapping: { visit: { table: name } } })).toThrow(refusal)
      const column = name === 'pg_visit' ? 'ctid' : name
      expect(() => place.open({ entities: [Visit], mapping: { visit: { fields: { room: column } } } })).toThrow(refusal)
    })

    test.each(['x'.repeat(64), 'a b', 'a"b', 'a.b', '1a', '$a', 'ü', ''])(
      'a field %o is refused by its definition',
      (field) => {
        expect(() => defineEntity({ name: 'entity', fields: { [field]: text() } })).toThrow(
          expect.objectContaining({ code: 'invalid-definition' }),
        )
      },
    )

    test('of one column for two fields, or of one table for two entities, are refused at the start', () => {
      const refusal = expect.objectContaining({ code: 'invalid-definition' })
      expect(() => place.open({ entities: [Visit], mapping: { visit: { fields: { room: 'code' } } } })).toThrow(refusal)
      const Other = defineEntity({ name: 'other', fields: { value: text() } })
      expect(() => place.open({ entities: [Visit, Other], mapping: { visit: { table: 'other' } } })).toThrow(refusal)
    })
  })
})
