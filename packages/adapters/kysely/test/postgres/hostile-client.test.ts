import {
  CamelCasePlugin,
  DeduplicateJoinsPlugin,
  type KyselyPlugin,
  ParseJSONResultsPlugin,
  sql,
  WithSchemaPlugin,
} from 'kysely'
import { types } from 'pg'
import { describe, expect, test } from 'vitest'
import { exercise, Visit } from './exercise.ts'
import { type Opening, onPostgres } from './place.ts'

const entities = [Visit]

/** Makes other rows of the results, as a plugin may. */
const upside: KyselyPlugin = {
  transformQuery: ({ node }) => node,
  transformResult: async ({ result }) => ({
    ...result,
    rows: result.rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toUpperCase(), String(value)])),
    ),
  }),
}

/** Kinds of values that applications let pg parse otherwise. */
const parsers: Record<string, [number, (text: string) => unknown][]> = {
  'int8 to BigInt': [[types.builtins.INT8, BigInt]],
  'timestamptz to text': [[types.builtins.TIMESTAMPTZ, String]],
  'timestamptz to Date, numeric to number': [
    [types.builtins.TIMESTAMPTZ, (text) => new Date(text)],
    [types.builtins.NUMERIC, Number],
  ],
  'booleans, floats and json to something else': [
    [types.builtins.BOOL, (text) => (text === 't' ? 'yes' : 'no')],
    [types.builtins.FLOAT8, (text) => ({ text })],
    [types.builtins.JSON, (text) => text.length],
    [types.builtins.JSONB, () => null],
    [types.builtins.INT4, BigInt],
  ],
}

const settings = [
  ['TimeZone=Asia/Kathmandu', 'DateStyle=SQL,DMY', 'IntervalStyle=sql_standard'],
  ['TimeZone=America/St_Johns', 'DateStyle=German', 'extra_float_digits=-15', 'bytea_output=escape'],
  ['standard_conforming_strings=off', 'backslash_quote=off', 'escape_string_warning=off', 'quote_all_identifiers=on'],
  ['transform_null_equals=on', 'array_nulls=off', 'enable_indexscan=off', 'enable_hashagg=off', 'jit_above_cost=0'],
  ['lc_time=C', 'lc_numeric=C', 'from_collapse_limit=1', 'join_collapse_limit=1', 'plan_cache_mode=force_generic_plan'],
]

const plugins: Record<string, KyselyPlugin[]> = {
  CamelCasePlugin: [new CamelCasePlugin()],
  'CamelCasePlugin with options': [new CamelCasePlugin({ upperCase: true, underscoreBeforeDigits: true })],
  'other plugins of Kysely': [new ParseJSONResultsPlugin(), new DeduplicateJoinsPlugin()],
  'a schema of their own': [new WithSchemaPlugin('elsewhere')],
  'a plugin that makes other rows': [upside],
}

onPostgres((place) => {
  const outcomes = async (opening: Opening = {}): Promise<unknown[]> => {
    const opened = place.open({ entities, ...opening })
    await opened.storage.schema.apply()
    const told = await exercise(opened.storage as never)
    await opened.close()
    await place.client.query(
      'truncate visit, portolan_key_value_entry, portolan_outbox_message, portolan_idempotency_record',
    )
    return told
  }

  let former: unknown[] | null = null
  /** Where nothing is changed. */
  const plainly = async (): Promise<unknown[]> => {
    former ??= await outcomes()
    return former
  }

  test('the exercise itself is stored, refused and found as it should be', async () => {
    const told = await outcomes()
    expect(told.length).toBeGreaterThan(70)
    expect(told.at(-1), 'problems found by verify').toEqual([])
    const codes = told.flatMap((each) => (each as { code?: string } | null)?.code ?? [])
    for (const code of ['overlap', 'duplicate', 'stale-version']) expect(codes).toContain(code)
    expect(codes).not.toContain('unexpected')
  })

  describe('nothing changes', () => {
    test('where pg parses values otherwise', async () => {
      const plain = await plainly()
      for (const [name, changed] of Object.entries(parsers)) {
        const before = changed.map(([type]) => [type, types.getTypeParser(type)] as const)
        for (const [type, parse] of changed) types.setTypeParser(type, parse as never)
        try {
          expect(await outcomes(), name).toEqual(plain)
        } finally {
          for (const [type, parse] of before) types.setTypeParser(type, parse as never)
        }
      }
    })

    test('where one pool parses values otherwise', async () => {
      const plain = await plainly()
      const getTypeParser = (type: number) => (text: string) =>
        type === types.builtins.TEXT ? text : `${type} ${text}`
      expect(await outcomes({ pool: { types: { getTypeParser: getTypeParser as never } } })).toEqual(plain)
    })

    test.each(settings.map((each) => [each.join(', '), each]))('in a session with %s', async (_, given) => {
      const plain = await plainly()
      const options = [place.config.options, ...given.map((setting) => `-c ${setting}`)].join(' ')
      expect(await outcomes({ pool: { options } })).toEqual(plain)
    })

    test.each(Object.entries(plugins))('under %s', async (_, given) => {
      const plain = await plainly()
      expect(await outcomes({ plugins: given })).toEqual(plain)
    })
  })

  test("plugins stay in force for the user's own queries, in a transaction too", async () => {
    const { db, storage } = await place.openReady({ entities, plugins: [new CamelCasePlugin()] })
    await sql`create table my_notes (note_id text)`.execute(db)
    await storage.transaction(async (tx) => {
      await tx.native.insertInto('myNotes').values({ noteId: 'one' }).execute()
      expect(await tx.native.selectFrom('myNotes').selectAll().execute()).toEqual([{ noteId: 'one' }])
      expect(await tx.repository(Visit, { tenantId: 't' }).count()).toBe(0)
    })
  })

  test('tables lie in the first schema of the search_path, whatever it is called', async () => {
    const schemas = [`we"ird`, 'two words', 'do.t', '$user$', 'Select']
    for (const schema of schemas) {
      const quoted = `"${schema.replaceAll('"', '""')}"`
      await place.client.query(`create schema ${quoted}`)
      const escaped = quoted.replaceAll('\\', '\\\\').replaceAll(' ', '\\ ')
      const options = `-c search_path=${escaped},public`
      const opened = place.open({ entities, pool: { options } })
      await opened.storage.schema.apply()
      const told = await exercise(opened.storage as never)
      expect(told.at(-1), schema).toEqual([])
      const { rows } = await place.client.query(`select count(*)::int as rows from ${quoted}.visit`)
      expect(rows[0].rows, schema).toBeGreaterThan(5)
      await opened.close()
      await place.client.query(`drop schema ${quoted} cascade`)
    }
  })
})
