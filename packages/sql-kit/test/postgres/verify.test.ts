import type { StoredEntity } from '@portolan/adapter-kit'
import { describe, expect, test } from 'vitest'
import {
  layoutOf,
  type Mapping,
  postgresDialect,
  postgresSchema,
  probePostgres,
  verifyPostgres,
} from '../../src/index.ts'
import { plain, stay } from '../entities.ts'
import { onPostgres } from './place.ts'

/** With an index on a column that may be null. */
const indexed: StoredEntity = { ...stay, indexes: { ...stay.indexes, byNote: ['note', 'begins'] } }
const layout = layoutOf(indexed, {}, postgresDialect)
const rule = postgresSchema(layout).at(-1)?.statement ?? ''

onPostgres((place) => {
  const make = async (entity = indexed, mapping: Mapping = {}): Promise<void> => {
    for (const { statement } of postgresSchema(layoutOf(entity, mapping, postgresDialect))) await place.send(statement)
  }
  const told = async (): Promise<string[]> =>
    (await verifyPostgres(layout, place.query)).map(({ kind, name }) => `${kind} ${name}`)

  const remake = (what: string): string =>
    rule
      .replace(/.*alter table/s, 'alter table')
      .replace(/; end if.*/s, '')
      .replace(' exclude', what)

  describe('each thing that is missing or unfit', () => {
    test.each<[string, string, string[], RegExp]>([
      ['nothing', 'select 1', [], /^$/],
      ['a missing table', 'drop table stay', ['table stay'], /is missing: run schema\.apply\(\)/],
      ['a view', 'drop table stay; create view stay as select 1 as id', ['table stay'], /is a view/],
      [
        'a table elsewhere',
        'create schema away; alter table stay set schema away',
        ['table stay'],
        /there is one in "away"/,
      ],
      ['a missing column', 'alter table stay drop column weight', ['column stay.weight'], /is missing: add it/],
      [
        'a date without zone',
        'alter table stay drop constraint "stay_perRoom_rule", alter begins type timestamp',
        ['type stay.begins', 'constraint stay_perRoom_rule'],
        /another moment in each time zone/,
      ],
      [
        'whole seconds',
        'alter table stay alter begins type timestamptz(0)',
        ['precision stay.begins'],
        /rounds away the milliseconds/,
      ],
      ['int4', 'alter table stay alter count type integer', ['type stay.count'], /refuses large numbers/],
      ['numeric', 'alter table stay alter count type numeric(20, 2)', ['type stay.count'], /make it bigint/],
      ['float4', 'alter table stay alter weight type real', ['type stay.weight'], /make it double precision/],
      [
        'smallint for a boolean',
        'alter table stay alter paid type smallint using paid::int::smallint',
        ['type stay.paid'],
        /make it boolean/,
      ],
      [
        'varchar too short',
        'alter table stay alter state type varchar(3) collate "C"',
        ['type stay.state'],
        /texts .* that are longer/,
      ],
      [
        'varchar(n) for text',
        'alter table stay alter room type varchar(600) collate "C"',
        ['type stay.room'],
        /that are longer/,
      ],
      [
        'char(n)',
        'alter table stay alter state type char(4) collate "C"',
        ['type stay.state'],
        /changes or refuses texts/,
      ],
      ['text for json', 'alter table stay alter data type text', ['type stay.data'], /make it jsonb/],
      [
        'uuid',
        `alter table stay alter room type uuid using gen_random_uuid()`,
        ['type stay.room'],
        /changes or refuses texts/,
      ],
      [
        'the database’s collation',
        'alter table stay alter room type text collate "en-x-icu"',
        ['collation stay.room'],
        /sorts otherwise than by code point/,
      ],
      [
        'a nondeterministic collation',
        `create collation folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false); alter table stay alter room type text collate folded`,
        ['collation stay.room'],
        /takes texts that differ for the same/,
      ],
      [
        'null where there is none',
        'alter table stay alter room drop not null',
        ['not-null stay.room'],
        /make it not null/,
      ],
      [
        'no null where there is some',
        'alter table stay alter data set not null',
        ['not-null stay.data'],
        /does not take null/,
      ],
      [
        'a column that nobody fills',
        'alter table stay add more text not null',
        ['column stay.more'],
        /no field is mapped to it/,
      ],
      [
        'a computed column',
        'alter table stay drop column weight; alter table stay add weight double precision not null generated always as (1.5) stored',
        ['column stay.weight'],
        /computed by the database/,
      ],
      [
        'no primary key',
        'alter table stay drop constraint stay_pkey',
        ['primary-key stay'],
        /no primary or unique key of \(owner, id\)/,
      ],
      [
        'the id alone',
        'alter table stay drop constraint stay_pkey, add primary key (id)',
        ['primary-key stay'],
        /idsPerScope: false/,
      ],
      [
        'a missing key',
        'drop index "stay_byNote_key"',
        ['index stay.byNote'],
        /no unique index on \(owner, note, count\)/,
      ],
      [
        'a partial key',
        'drop index "stay_byNote_key"; create unique index on stay (owner, note, count) where paid',
        ['index stay.byNote'],
        /no unique index/,
      ],
      [
        'a deferrable key',
        'drop index "stay_byNote_key"; alter table stay add constraint late unique (owner, note, count) deferrable',
        ['index late'],
        /is deferrable/,
      ],
      [
        'a key that takes nulls for the same',
        'drop index "stay_byNote_key"; create unique index same on stay (owner, note, count) nulls not distinct',
        ['index same'],
        /takes nulls for the same/,
      ],
      [
        'a key of another collation',
        `drop index "stay_byNote_key"; create unique index folds on stay (owner, note collate "en-x-icu", count)`,
        ['index folds'],
        /compares otherwise than its columns/,
      ],
      ['a missing index', 'drop index "stay_byRoom_index"', ['index stay.byRoom'], /no index that begins with/],
      [
        'an index without null first',
        'drop index "stay_byNote_index"; create index nulled on stay (owner, note, begins, id)',
        ['index stay.byNote'],
        /"nulled" is partial, not valid, or in another order/,
      ],
      [
        'an index in mixed order',
        'drop index "stay_byRoom_index"; create index mixed on stay (owner, room, begins desc, id)',
        ['index stay.byRoom'],
        /another order/,
      ],
      [
        'a hash index',
        'drop index "stay_byId_index"; create index on stay using hash (owner)',
        ['index stay.byId'],
        /index byId/,
      ],
      [
        'a missing rule',
        'alter table stay drop constraint "stay_perRoom_rule"',
        ['constraint stay_perRoom_rule'],
        /is missing/,
      ],
      [
        'a rule that is another',
        `alter table stay drop constraint "stay_perRoom_rule"; ${remake(' exclude').replace("'live'", "'gone'")}`,
        ['constraint stay_perRoom_rule'],
        /is not the one that the definition asks for/,
      ],
      [
        'a rule without its place',
        `alter table stay drop constraint "stay_perRoom_rule"; ${remake(' exclude').replace('"room" with =, ', '')}`,
        ['constraint stay_perRoom_rule'],
        /is not the one/,
      ],
      [
        'a deferrable rule',
        `alter table stay drop constraint "stay_perRoom_rule"; alter table stay add constraint late exclude using gist ("owner" with =, "room" with =, tstzrange(least("begins", "ends"), "ends", '[)') with &&) where ("state" = 'live' and "note" is null) deferrable`,
        ['constraint late'],
        /is deferrable/,
      ],
      [
        'no extension',
        'drop extension btree_gist cascade',
        ['constraint stay_perRoom_rule', 'extension btree_gist'],
        /run "create extension btree_gist"/,
      ],
      ['an unlogged table', 'alter table stay set unlogged', ['setting stay'], /a crash of the server empties it/],
    ])('%s', async (_, change, expected, why) => {
      await make()
      await place.send(change)
      const problems = await verifyPostgres(layout, place.query)
      await place.send('drop schema if exists away cascade')
      expect(problems.map(({ kind, name }) => `${kind} ${name}`)).toEqual(expected)
      expect(problems.map(({ message }) => message).join(' ')).toMatch(why)
      for (const { entity, message } of problems) {
        expect(entity).toBe('stay')
        // What is wrong, and what to do about it.
        expect(message).toMatch(/: .{10,}|does not take null/)
      }
    })
  })

  describe('what does as well', () => {
    test.each([
      [
        'other names',
        'alter index "stay_byNote_key" rename to a; alter index "stay_byRoom_index" rename to b; alter table stay rename constraint "stay_perRoom_rule" to c; alter table stay rename constraint stay_pkey to d',
      ],
      [
        'a unique constraint, in another order',
        'drop index "stay_byNote_key"; alter table stay add unique (count, owner, note)',
      ],
      ['a longer index', 'drop index "stay_byRoom_index"; create index on stay (owner, room, begins, ends)'],
      [
        'the exact reverse',
        'drop index "stay_byNote_index"; create index on stay (owner desc, note desc nulls last, begins desc)',
      ],
      [
        'an index with more columns included',
        'drop index "stay_byNote_key"; create unique index on stay (owner, note, count) include (paid)',
      ],
      ['json', 'alter table stay alter data type json'],
      [
        'varchar',
        'alter table stay alter room type varchar collate "C", alter state type varchar(4) collate "C", alter id type varchar(512) collate "C"',
      ],
      ['timestamptz without precision', 'alter table stay alter begins type timestamptz'],
      ['a domain', 'create domain short as text collate "C"; alter table stay alter note type short'],
      ['POSIX', 'alter table stay alter note type text collate "POSIX"'],
      ['C.UTF-8', 'alter table stay alter note type text collate "C.utf8"'],
      ['ucs_basic', 'alter table stay alter note type text collate ucs_basic'],
      [
        'columns of others',
        `alter table stay add a text, add b text not null default 'x', add c bigint generated always as identity, add d bigserial`,
      ],
      [
        'keys and constraints of others',
        'create unique index on stay (weight); alter table stay add check (count > 0)',
      ],
    ])('%s', async (_, change) => {
      await make()
      await place.send(change)
      expect(await told()).toEqual([])
    })

    test('another name of everything, by a mapping, and ids that are the table’s own', async () => {
      const mapping = {
        stay: { table: 'The "stays"', fields: { owner: 'Tenant', id: 'stay id', note: 'select', begins: 'And' } },
      }
      await make(indexed, mapping)
      expect(await verifyPostgres(layoutOf(indexed, mapping, postgresDialect), place.query)).toEqual([])
      const alone = { stay: { ...mapping.stay, idsPerScope: false } }
      await place.send('alter table "The ""stays""" drop constraint "The ""stays""_pkey", add primary key ("stay id")')
      expect(await verifyPostgres(layoutOf(indexed, alone, postgresDialect), place.query)).toEqual([])
    })
  })

  test('microseconds are told by the row that holds some', async () => {
    await make(plain)
    const plainLayout = layoutOf(plain, {}, postgresDialect)
    await place.send('alter table plain alter begins type timestamptz, alter ends type timestamptz(6)')
    await place.send(
      `insert into plain values ('fine', '2026-01-01T00:00:00.123Z', '2026-01-02'), ('open', '2026-02-01', 'infinity')`,
    )
    expect(await verifyPostgres(plainLayout, place.query)).toEqual([])
    await place.send(`insert into plain values ('micro', '2026-01-03T00:00:00.123456Z', '2026-01-04')`)
    expect(await verifyPostgres(plainLayout, place.query)).toMatchObject([
      { kind: 'precision', name: 'plain.begins', message: expect.stringMatching(/in row micro.*timestamptz\(3\)/) },
    ])
  })

  test('rights that this role lacks, and rows that are hidden from it', async () => {
    await make()
    const admin = await place.connectAsAdmin()
    const role = `weak_${Date.now()}_${Math.round(Math.random() * 1e9)}`
    const [row] = await place.query('select current_schema() as name', [])
    await admin.query(
      `create role ${role} login password 'weak'; grant usage on schema ${row?.name} to ${role}; grant insert, update on stay to ${role}`,
    )
    const url = new URL(place.url)
    url.username = role
    url.password = 'weak'
    const weak = await place.connect({ connectionString: url.href })
    const query = async (text: string, parameters: readonly unknown[]) => (await weak.query(text, [...parameters])).rows
    try {
      expect(await verifyPostgres(layout, query)).toMatchObject([
        { kind: 'rights', message: expect.stringMatching(/may not select, delete on the table "stay": grant/) },
      ])
      await admin.query(`grant select, delete on stay to ${role}; alter table stay enable row level security`)
      expect(await verifyPostgres(layout, query)).toMatchObject([{ kind: 'row-security', name: 'stay' }])
      expect(await told()).toEqual([])
      await admin.query(`revoke usage on schema ${row?.name} from ${role}`)
      expect(await verifyPostgres(layout, query)).toMatchObject([
        {
          kind: 'table',
          message: expect.stringMatching(/not where this role looks, but there is one in "s\d+".*grant the role usage/),
        },
      ])
    } finally {
      await weak.end()
      await admin.query(`drop owned by ${role} cascade; drop role ${role}`)
    }
  })

  test('one statement is enough', async () => {
    await make()
    let statements = 0
    const counting: typeof place.query = (text, parameters) => {
      statements += 1
      return place.query(text, parameters)
    }
    expect(await verifyPostgres(layout, counting)).toEqual([])
    expect(statements).toBe(1)
    expect(await probePostgres(counting)).toEqual([])
    expect(statements).toBe(2)
  })

  test('works where nothing may be written, and whatever the client parses', async () => {
    await make()
    const client = await place.connect({
      types: { getTypeParser: (type: number) => (value: string) => (type === 25 ? value : { value }) },
    })
    await client.query(`set default_transaction_read_only = on; set timezone = 'Asia/Kathmandu'; set datestyle = 'SQL'`)
    const query = async (text: string, parameters: readonly unknown[]) =>
      (await client.query(text, [...parameters])).rows
    expect(await verifyPostgres(layout, query)).toEqual([])
    expect((await probePostgres(query)).map(({ name }) => name)).toEqual(['default_transaction_read_only'])
  })

  test.each([
    [
      'default_transaction_read_only = on',
      'read-only default_transaction_read_only',
      /turn default_transaction_read_only off/,
    ],
    ['default_transaction_isolation = serializable', 'setting default_transaction_isolation', /read committed/],
    ['synchronous_commit = off', 'setting synchronous_commit', /loses writes/],
    ['search_path = nowhere', 'setting search_path', /names no schema/],
  ])('a session with %s', async (setting, expected, why) => {
    await place.send(`set ${setting}`)
    const problems = await probePostgres(place.query)
    await place.send('set default_transaction_read_only = off')
    expect(problems.map(({ kind, name }) => `${kind} ${name}`)).toEqual([expected])
    expect(problems[0]?.message).toMatch(why)
  })
})

test('old servers, other encodings and replicas are told', async () => {
  const facts = {
    version: '140012',
    name: '14.12',
    encoding: 'LATIN1',
    replica: true,
    readOnly: 'off',
    isolation: 'read committed',
    commit: 'on',
    schema: 'public',
  }
  const problems = await probePostgres(async () => [{ facts: JSON.stringify(facts) }])
  expect(problems.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'version postgres',
    'encoding server_encoding',
    'read-only replica',
  ])
})
