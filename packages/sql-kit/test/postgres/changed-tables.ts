import type { StoredEntity } from '@portolan/adapter-kit'
import { layoutOf, postgresDialect, postgresSchema } from '../../src/index.ts'
import { stay } from '../entities.ts'

/** With an index on a column that may be null. */
export const indexed: StoredEntity = { ...stay, indexes: { ...stay.indexes, byNote: ['note', 'begins'] } }

const rule = postgresSchema(layoutOf(indexed, {}, postgresDialect)).at(-1)?.statement ?? ''
/** The statement that adds the rule's constraint, without its guard. */
const addRule = rule.replace(/.*alter table/s, 'alter table').replace(/; end if.*/s, '')

/** What was changed, how, what verify finds then, and in which words. */
export const unfit: [what: string, change: string, problems: string[], words: RegExp][] = [
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
  ['char(n)', 'alter table stay alter state type char(4) collate "C"', ['type stay.state'], /changes or refuses texts/],
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
  ['null where there is none', 'alter table stay alter room drop not null', ['not-null stay.room'], /make it not null/],
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
  ['a missing key', 'drop index "stay_byNote_key"', ['index stay.byNote'], /no unique index on \(owner, note, count\)/],
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
    `alter table stay drop constraint "stay_perRoom_rule"; ${addRule.replace("'live'", "'gone'")}`,
    ['constraint stay_perRoom_rule'],
    /is not the one that the definition asks for/,
  ],
  [
    'a rule without its place',
    `alter table stay drop constraint "stay_perRoom_rule"; ${addRule.replace('"room" with =, ', '')}`,
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
]

/** What was changed, how, and makes no difference. */
export const fit: [what: string, change: string][] = [
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
  ['keys and constraints of others', 'create unique index on stay (weight); alter table stay add check (count > 0)'],
]
