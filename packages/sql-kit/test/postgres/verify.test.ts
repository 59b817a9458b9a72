import { describe, expect, test } from 'vitest'
import {
  layoutOf,
  type Mapping,
  postgresDialect,
  postgresSchema,
  probePostgres,
  verifyPostgres,
} from '../../src/index.ts'
import { plain } from '../entities.ts'
import { fit, indexed, unfit } from './changed-tables.ts'
import { onPostgres } from './place.ts'

const layout = layoutOf(indexed, {}, postgresDialect)

onPostgres((place) => {
  const make = async (entity = indexed, mapping: Mapping = {}): Promise<void> => {
    for (const { statement } of postgresSchema(layoutOf(entity, mapping, postgresDialect))) await place.send(statement)
  }
  const told = async (): Promise<string[]> =>
    (await verifyPostgres(layout, place.query)).map(({ kind, name }) => `${kind} ${name}`)

  describe('each thing that is missing or unfit', () => {
    test.each(unfit)('%s', async (_, change, expected, why) => {
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
    test.each(fit)('%s', async (_, change) => {
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
