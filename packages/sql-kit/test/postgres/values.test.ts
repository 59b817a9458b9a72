import { matches, type Predicate, type StoredField } from '@portolan/adapter-kit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { postgresDialect, postgresType, predicateText } from '../../src/index.ts'
import { definitionText } from '../../src/postgres/definition-text.ts'
import { floats, integers, predicates, rows, texts } from '../predicates.ts'
import { onPostgres } from './place.ts'

const { columnType, decode, encode, literal, quote, selected } = postgresDialect
const field = (kind: StoredField['kind']): StoredField => ({ kind, nullable: true, values: null })

/** Settings of a session that change what values look like, each to the worst. */
const hostileSession = `set timezone = 'Asia/Kathmandu'; set datestyle = 'SQL, DMY'; set extra_float_digits = -15; set bytea_output = 'escape'; set intervalstyle = 'sql_standard'`
/** A client whose parsers spoil every type but text. */
const spoilt = { types: { getTypeParser: () => (value: string) => ({ spoilt: value }) } }
const textParsed = { types: { getTypeParser: (type: number) => (value: string) => (type === 25 ? value : { value }) } }

const instants = fc.oneof(
  fc.constantFrom(
    '0001-01-01T00:00:00.000Z',
    '9999-12-31T23:59:59.999Z',
    '1969-12-31T23:59:59.999Z',
    '1970-01-01T00:00:00.000Z',
  ),
  fc
    .date({ min: new Date('0001-01-01T00:00:00.000Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
    .map((date) => date.toISOString()),
)
const jsons = fc
  .jsonValue({ maxDepth: 3 })
  .map((value) => JSON.stringify(value))
  .filter((text) => !/\\u(0000|d[89a-f])/i.test(text) && !text.includes('\0') && text.isWellFormed())

const kinds: [StoredField['kind'], fc.Arbitrary<unknown>][] = [
  ['text', texts],
  ['one-of', texts],
  ['integer', integers],
  ['float', floats],
  ['boolean', fc.boolean()],
  ['instant', instants],
  ['json', jsons],
]

onPostgres((place) => {
  test.each(kinds)('%s comes back as it was, whatever the session and the client are set to', async (kind, values) => {
    const client = await place.connect(textParsed)
    await client.query(hostileSession)
    const stored = field(kind)
    await client.query(`create table kept (n serial, v ${columnType(stored)})`)
    await fc.assert(
      fc.asyncProperty(fc.option(values), async (value) => {
        const { rows: found } = await client.query(
          `insert into kept (v) values ($1) returning ${selected(stored, '"kept"."v"')} as v`,
          [encode(value as never)],
        )
        const read = decode(stored, found[0]?.v)
        if (kind === 'json' && value !== null) expect(JSON.parse(String(read))).toEqual(JSON.parse(String(value)))
        else expect(read).toBe(value)
      }),
      { numRuns: 150 },
    )
  })

  test('clients that parse by themselves are read as well', () => {
    expect(decode(field('integer'), 5n)).toBe(5)
    expect(decode(field('integer'), 5)).toBe(5)
    expect(decode(field('float'), 1.5)).toBe(1.5)
    expect(decode(field('boolean'), true)).toBe(true)
  })

  test.each([
    ['instant', `'2026-01-01T00:00:00.000001Z'`],
    ['instant', `'2026-01-01T00:00:00.1239Z'`],
    ['instant', `'infinity'`],
    ['instant', `'-infinity'`],
    ['instant', `'10000-01-01Z'`],
    ['instant', `'200000-01-01Z'`],
    ['instant', `'0001-01-01Z'::timestamptz - interval '1 millisecond'`],
    ['instant', `'4000-01-01Z BC'`],
    ['integer', '9007199254740992'],
    ['integer', '-9007199254740993'],
    ['integer', '9223372036854775807'],
    ['float', `'NaN'`],
    ['float', `'-Infinity'`],
  ] as const)('a foreign %s of %s is handed on as what does not fit', async (kind, written) => {
    const type = kind === 'instant' ? 'timestamptz' : postgresType(field(kind))
    await place.send(`create table kept (v ${type})`)
    await place.send(`insert into kept values (${written})`)
    const [row] = await place.query(`select ${selected(field(kind), 'v')} as v from kept`, [])
    const read = decode(field(kind), row?.v)
    if (kind === 'instant') expect(read).not.toMatch(/^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    else if (kind === 'integer') expect(Number.isSafeInteger(read)).toBe(false)
    else expect(Number.isFinite(read)).toBe(false)
  })

  test('a numeric column of others keeps its fraction in what is handed on', async () => {
    await place.send('create table kept (v numeric(10, 2))')
    await place.send('insert into kept values (5)')
    const [row] = await place.query(`select ${selected(field('integer'), 'v')} as v from kept`, [])
    expect(decode(field('integer'), row?.v)).toBe('5.00')
  })

  test.each(['off', 'on'])('a literal is the text itself with standard_conforming_strings %s', async (setting) => {
    await place.send(`set standard_conforming_strings = ${setting}; set backslash_quote = on`)
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(texts, fc.string({ unit: fc.constantFrom("'", '\\', 'n', 'E', '$', '"') })),
        async (value) => {
          const [row] = await place.query(`select ${literal(value)}::text = $1::text as same`, [value])
          expect(row?.same).toBe(true)
        },
      ),
      { numRuns: 100 },
    )
  })

  describe('predicates with their values written in', () => {
    const columns = `"label" text collate "C", "count" bigint, "weight" double precision, "on" boolean`

    test('say what the kit says of the same row', async () => {
      await place.send(`create table t (${columns})`)
      await fc.assert(
        fc.asyncProperty(predicates, rows, async (predicate, row) => {
          const text = predicateText(predicate, quote, postgresDialect)
          const [found] = await place.query(
            `with t as (select $1::text collate "C" as "label", $2::bigint as "count", $3::float8 as "weight", $4::boolean as "on") select count(*)::int as found from t where ${text}`,
            [row.label, row.count, row.weight, row.on],
          )
          expect(found?.found === 1).toBe(matches(predicate, row, () => ''))
        }),
        { numRuns: 500 },
      )
    })

    test('are known again in what Postgres makes of them', async () => {
      await place.send(`create table t (${columns})`)
      const keptText = async (predicate: Predicate): Promise<{ sent: string; got: string }> => {
        const sent = predicateText(predicate, quote, postgresDialect)
        await place.send(`drop index if exists ix; create index ix on t ("count") where ${sent}`)
        const [row] = await place.query(
          `select pg_get_expr(indpred, indrelid) as got from pg_index where indexrelid = 'ix'::regclass`,
          [],
        )
        return { sent, got: String(row?.got) }
      }
      await fc.assert(
        fc.asyncProperty(predicates, predicates, async (predicate, another) => {
          const kept = await keptText(predicate)
          const other = await keptText(another)
          for (const { sent, got } of [kept, other]) expect(definitionText(got)).toBe(definitionText(sent))
          // Conditions that Postgres tells apart stay apart.
          expect(definitionText(kept.got) === definitionText(other.got)).toBe(kept.got === other.got)
        }),
        { numRuns: 300 },
      )
    })
  })

  test('names that Postgres would change or refuse', () => {
    expect(postgresDialect.refusesTable('pg_stat')).toMatch(/pg_/)
    expect(postgresDialect.refusesColumn('xmin')).toMatch(/system column/)
    expect(quote('a"b')).toBe('"a""b"')
  })

  test('what no parser but that of text has touched', async () => {
    const client = await place.connect(spoilt)
    const { rows: found } = await client.query(`select ${selected(field('boolean'), 'true')} as v`)
    expect(found[0]?.v).toEqual({ spoilt: 'true' })
  })
})
