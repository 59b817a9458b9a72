import { type OverlapRule, storedEntity } from '@portolan/adapter-kit'
import { boolean, defineEntity, float, instant, integer, oneOf, text } from '@portolan/ports'
import { describe, expect, test } from 'vitest'
import {
  columnReference,
  layoutOf,
  objectNames,
  overlapping,
  postgresDialect,
  postgresSchema,
  rangeOf,
  ruleWhereText,
  sqlStateOf,
  verifyPostgres,
} from '../../src/index.ts'
import { plain, stay } from '../entities.ts'
import { comingBack, elsewhere, kept, meeting } from '../stays.ts'
import { onPostgres } from './place.ts'

const layout = layoutOf(stay, {}, postgresDialect)
const rule = stay.rules[0] as OverlapRule

test('the statements of an entity', () => {
  expect(postgresSchema(layout).map(({ kind, name, statement }) => [kind, name, statement])).toEqual([
    ['extension', 'btree_gist', 'create extension if not exists btree_gist'],
    [
      'table',
      'stay',
      'create table if not exists "stay" ("owner" text collate "C" not null, "id" text collate "C" not null, "room" text collate "C" not null, "begins" timestamptz(3) not null, "ends" timestamptz(3) not null, "state" text collate "C" not null, "count" bigint not null, "weight" double precision not null, "paid" boolean not null, "note" text collate "C", "data" jsonb, "version" bigint not null, primary key ("owner", "id"))',
    ],
    [
      'index',
      'stay_byNote_key',
      'create unique index if not exists "stay_byNote_key" on "stay" ("owner", "note", "count")',
    ],
    [
      'index',
      'stay_byRoom_index',
      'create index if not exists "stay_byRoom_index" on "stay" ("owner", "room", "begins", "id")',
    ],
    ['index', 'stay_byId_index', 'create index if not exists "stay_byId_index" on "stay" ("owner", "id", "room")'],
    [
      'constraint',
      'stay_perRoom_rule',
      `do $portolan$ begin if not exists (select from pg_constraint where conrelid = '"stay"'::regclass and conname = 'stay_perRoom_rule') then alter table "stay" add constraint "stay_perRoom_rule" exclude using gist ("owner" with =, "room" with =, tstzrange(least("begins", "ends"), "ends", '[)') with &&) where (("state" = 'live' and "note" is null)); end if; end $portolan$`,
    ],
  ])
})

test('ranges alone need no extension', () => {
  expect(postgresSchema(layoutOf(plain, {}, postgresDialect)).map(({ kind }) => kind)).toEqual(['table', 'constraint'])
})

describe('names longer than Postgres keeps', () => {
  const long = 'a'.repeat(60)
  const entity = { ...plain, unique: { [`${long}bc`]: ['begins'], [`${long}bd`]: ['ends'] } }
  const longLayout = layoutOf(entity, { plain: { table: 'é'.repeat(31) } }, postgresDialect)

  test('are cut, with a hash of the whole', () => {
    const names = Object.keys(entity.unique).map((key) => objectNames.key(longLayout, key))
    expect(new Set(names).size).toBe(2)
    for (const name of names) {
      expect(new TextEncoder().encode(name).length).toBeLessThanOrEqual(63)
      expect(name).toMatch(/^é+_[0-9a-f]{8}_key$/)
    }
    expect(objectNames.key(layout, 'byNote')).toBe('stay_byNote_key')
  })

  test('are refused where the user chose them', () => {
    expect(() => layoutOf(plain, { plain: { table: 'é'.repeat(32) } }, postgresDialect)).toThrow('longer than the 63')
    expect(() => layoutOf(plain, { plain: { table: 'pg_class' } }, postgresDialect)).toThrow('pg_')
    expect(() => layoutOf(plain, { plain: { fields: { begins: 'ctid' } } }, postgresDialect)).toThrow('system column')
    expect(() =>
      layoutOf(plain, { plain: { fields: { begins: 'ENDS', ends: 'ends' } } }, postgresDialect),
    ).not.toThrow()
  })
})

onPostgres((place) => {
  const make = async (...layouts: (typeof layout)[]): Promise<void> => {
    for (const each of layouts) for (const { statement } of postgresSchema(each)) await place.send(statement)
  }
  const failure = (work: Promise<unknown>): Promise<string | null> =>
    work.then(
      () => null,
      (error) => sqlStateOf(error),
    )

  test('the statements may be sent again, and what they make is what verify asks for', async () => {
    const layouts = [layout, layoutOf(plain, {}, postgresDialect)]
    await make(...layouts)
    await make(...layouts)
    for (const each of layouts) expect(await verifyPostgres(each, place.query)).toEqual([])
  })

  test('any text is a name, a table of the rule’s own and a value', async () => {
    const hostile = storedEntity(
      defineEntity({
        name: 'hostile',
        scope: 'owner',
        fields: { room: text(), from: instant(), to: instant(), state: oneOf(`it's`, '$portolan$; drop', 'a\\b', '"') },
        unique: { room: ['room'] },
        indexes: { state: ['state'] },
        noOverlap: {
          rule: {
            within: ['room'],
            from: 'from',
            until: 'to',
            where: { state: { in: [`it's`, '$portolan$; drop', 'a\\b'] } },
          },
        },
      }),
    )
    const mapping = {
      hostile: {
        table: `a "b" 'c' $portolan$ \\ é`,
        fields: { room: `it's`, from: 'sel"ect', to: '$portolan$', state: '$portolan_$', owner: 'a.b', id: ' ' },
      },
    }
    const hostileLayout = layoutOf(hostile, mapping, postgresDialect)
    for (const setting of ['off', 'on']) {
      await place.send(`set standard_conforming_strings = ${setting}`)
      await make(hostileLayout)
      await make(hostileLayout)
      const table = '"a ""b"" \'c\' $portolan$ \\ é"'
      const row = (id: string, state: string, from: string) =>
        place.query(
          `insert into ${table} (" ", "a.b", "it's", "sel""ect", "$portolan$", "$portolan_$") values ($1, 'o', $1, $3, 'infinity', $2)`,
          [id, state, from],
        )
      await row('1', 'a\\b', '2026-01-01')
      expect(await failure(row('1', '"', '2026-01-01'))).toBe('23505')
      await place.send(`drop table ${table}`)
    }
    await make(hostileLayout)
    expect(await verifyPostgres(hostileLayout, place.query)).toEqual([])
  })

  describe('a rule', () => {
    const insert = (id: string, begins: number, ends: number, more: object = {}): Promise<unknown> => {
      const row = { owner: 'o', id, room: 'r', state: 'live', note: null, ...more }
      const at = (hour: number) => `2026-01-01T0${hour}:00:00Z`
      return place.query(`insert into stay values ($1, $2, $3, $4, $5, $6, 1, 1.5, false, $7, null, 1)`, [
        row.owner,
        row.id,
        row.room,
        at(begins),
        at(ends),
        row.state,
        row.note,
      ])
    }

    test('holds writers that know nothing of it; intervals are half open', async () => {
      await make(layout)
      for (const [id, begins, ends] of kept) await insert(id, begins, ends)
      for (const [begins, ends] of meeting) expect(await failure(insert('x', begins, ends))).toBe('23P01')
      for (const [id, more] of Object.entries(elsewhere)) await insert(id, 2, 4, more)
      for (const change of [...comingBack, `ends = '2026-01-01T05:00:00Z' where id = 'first'`])
        expect(await failure(place.send(`update stay set ${change}`))).toBe('23P01')
      await place.send(`update stay set count = 9, begins = '2026-01-01T03:00:00Z' where id = 'first'`)
    })

    test('is seen by DO NOTHING, as keys are', async () => {
      await make(layout)
      await insert('first', 2, 4)
      const columns = '"owner", "id", "room", "begins", "ends", "state", "count", "weight", "paid", "version"'
      const again = (id: string, begins: string) =>
        place.client.query(
          `insert into stay (${columns}) values ('o', '${id}', 'r', '${begins}', '2026-01-01T09:00:00Z', 'live', 1, 1, true, 1) on conflict do nothing`,
        )
      expect((await again('x', '2026-01-01T03:00:00Z')).rowCount).toBe(0)
      expect((await again('first', '2026-01-01T07:00:00Z')).rowCount).toBe(0)
      expect((await again('y', '2026-01-01T07:00:00Z')).rowCount).toBe(1)
    })

    test('an interval that ends before it begins, which only others write, is in nobody’s way', async () => {
      await make(layout)
      await insert('long', 1, 9)
      await insert('backwards', 8, 6)
      await insert('backwards elsewhere', 8, 6, { room: 's', state: 'gone' })
      await insert('nothing', 7, 7)
      expect(await failure(insert('x', 5, 7))).toBe('23P01')
      const condition = `${rangeOf(rule, columnReference(layout, null))} && tstzrange('2026-01-01T05:00:00Z', '2026-01-01T07:00:00Z', '[)')`
      const rows = await place.query(`select id from stay where ${condition}`, [])
      expect(rows).toEqual([{ id: 'long' }])
      expect(await place.query(overlapping(layout, rule), [])).toEqual([])
    })

    test('and open ends of others’ are intervals like any other', async () => {
      await make(layout)
      await place.send(
        `insert into stay values ('o', 'i', 'r', '-infinity', 'infinity', 'live', 1, 1.5, false, null, null, 1)`,
      )
      expect(await failure(insert('x', 5, 7))).toBe('23P01')
    })

    test('rows that were there before and overlap are found', async () => {
      await make(layout)
      await place.send('alter table stay drop constraint "stay_perRoom_rule"')
      await insert('a', 1, 9)
      await insert('b', 9, 9, { room: 'r' })
      await insert('elsewhere', 2, 3, { room: 's' })
      await insert('gone', 2, 3, { state: 'gone' })
      expect(await place.query(overlapping(layout, rule), [])).toEqual([])
      await insert('c', 3, 4)
      const [pair] = await place.query(overlapping(layout, rule), [])
      expect([pair?.one, pair?.two].sort()).toEqual(['a', 'c'])
    })

    test('without within, where and scope holds for the whole table', async () => {
      await make(layoutOf(plain, {}, postgresDialect))
      await place.send(`insert into plain values ('a', '2026-01-01', '2026-01-03')`)
      expect(await failure(place.send(`insert into plain values ('b', '2026-01-02', '2026-01-04')`))).toBe('23P01')
      await place.send(`insert into plain values ('b', '2026-01-03', '2026-01-04')`)
    })

    test('can be within fields of every kind, and hang on values of every kind', async () => {
      const wide = storedEntity(
        defineEntity({
          name: 'wide',
          fields: {
            a: text(),
            b: integer(),
            c: float(),
            d: boolean(),
            e: instant(),
            f: oneOf('x', 'y'),
            from: instant(),
            until: instant(),
          },
          noOverlap: {
            rule: {
              within: ['a', 'b', 'c', 'd', 'e', 'f'],
              from: 'from',
              until: 'until',
              where: {
                b: { gt: -5, in: [1, 2, 9007199254740991] },
                c: { ne: 0.1, lt: 1e300, gt: -1e-7 },
                d: true,
                e: { gte: '2020-01-01T00:00:00.123Z' },
                or: [{ f: 'x' }, { a: { startsWith: 'é%', contains: "_'" } }, { a: { containsIgnoringCase: 'Kk\\' } }],
              },
            },
          },
        }),
      )
      const wideLayout = layoutOf(wide, {}, postgresDialect)
      await make(wideLayout)
      expect(await verifyPostgres(wideLayout, place.query)).toEqual([])
      await place.send(`set timezone = 'Asia/Kathmandu'`)
      expect(await verifyPostgres(wideLayout, place.query)).toEqual([])
      const row = `'z', 1, 1.5, true, '2026-01-01Z', 'x'`
      await place.send(`insert into wide values ('1', ${row}, '2026-01-01', '2026-01-03')`)
      const meets = (values: string) =>
        failure(place.send(`insert into wide values ('2', ${values}, '2026-01-02', '2026-01-04')`))
      expect(await meets(row)).toBe('23P01')
      expect(await meets(row.replace('true', 'false'))).toBe(null)
    })
  })

  test('the row in the way is found through the constraint’s own index', async () => {
    await make(layout)
    await place.send(
      `insert into stay select 'o' || g % 3, 'i' || g, 'r' || g % 700, '2026-01-01'::timestamptz + g * interval '1 hour', '2026-01-01'::timestamptz + g * interval '1 hour' + interval '30 minutes', 'live', 1, 1, true, null, null, 1 from generate_series(1, 5000) as g`,
    )
    await place.send('analyze stay')
    const stored = rangeOf(rule, columnReference(layout, '"other"'))
    await place.send(
      `prepare probe as select "other"."id" from stay as "other" where "other"."owner" = $1 and "other"."room" = $2 and ${ruleWhereText(layout, rule, '"other"')} and ${stored} && tstzrange(least($3::timestamptz, $4), $4, '[)') limit 1`,
    )
    await place.send('set plan_cache_mode = force_generic_plan')
    const rows = await place.query(
      `explain (analyze, costs off) execute probe('o1', 'r1', '2026-03-01', '2026-03-09')`,
      [],
    )
    const planned = rows.map((row) => row['QUERY PLAN']).join('\n')
    expect(planned).toContain('Index Scan using "stay_perRoom_rule"')
    expect(planned).not.toContain('Filter')
  })

  test('a declared index serves null first and its exact reverse', async () => {
    const noted = { ...stay, indexes: { byNote: ['note', 'begins'] }, rules: [] }
    await make(layoutOf(noted, {}, postgresDialect))
    await place.send(
      `insert into stay select 'o', 'i' || g, 'r', '2026-01-01', '2026-01-02', 'live', g, 1, true, case when g % 3 > 0 then 'n' || g % 50 end, null, 1 from generate_series(1, 5000) as g`,
    )
    await place.send('analyze stay')
    for (const order of [
      '"note" asc nulls first, "begins" asc, "id" asc',
      '"note" desc nulls last, "begins" desc, "id" desc',
    ]) {
      const rows = await place.query(
        `explain (costs off) select "id" from stay where "owner" = 'o' order by ${order} limit 10`,
        [],
      )
      const planned = rows.map((row) => row['QUERY PLAN']).join('\n')
      expect(planned).toContain('stay_byNote_index')
      expect(planned).not.toContain('Sort')
    }
  })

  test('a null part of a key never collides, and text compares byte by byte', async () => {
    await make(layout)
    const insert = (id: string, note: string | null) =>
      failure(
        place.query(
          `insert into stay values ('o', $1, 'r', '2026-01-01', '2026-01-02', 'gone', 1, 1, true, $2, null, 1)`,
          [id, note],
        ),
      )
    expect(await insert('1', null)).toBe(null)
    expect(await insert('2', null)).toBe(null)
    for (const [index, note] of ['x', 'x ', 'X', 'é', 'e\u0301', ''].entries())
      expect(await insert(`a${index}`, note)).toBe(null)
    expect(await insert('b', 'x ')).toBe('23505')
    const rows = await place.query('select note from stay where note is not null order by note', [])
    expect(rows.map(({ note }) => note)).toEqual(['', 'X', 'e\u0301', 'x', 'x ', 'é'])
  })
})
