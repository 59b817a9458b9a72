import type { EntityLayout } from '../layout.ts'
import type { Query } from '../query.ts'

/** One table as the catalog of Postgres has it. */
export interface StoredTable {
  /** 'r' table, 'p' partitioned, 'v' view, 'm' materialized view, 'f' foreign table ... */
  readonly kind: string
  /** 'p' permanent, 'u' unlogged, 't' temporary. */
  readonly persistence: string
  readonly rowSecurity: boolean
  /** Of select, insert, update and delete those that this role lacks. */
  readonly lacking: readonly string[]
  readonly columns: readonly StoredColumn[]
  readonly indexes: readonly StoredIndex[]
  readonly exclusions: readonly StoredExclusion[]
  /** Of btree_gist. */
  readonly extension: 'present' | 'available' | 'absent'
}

export interface StoredColumn {
  readonly name: string
  /** Of a domain: of what it stands for. As format_type writes it, without quotes: 'timestamp(3) with time zone'. */
  readonly type: string
  readonly notNull: boolean
  readonly hasDefault: boolean
  /** Whether Postgres refuses a value given for it. */
  readonly computed: boolean
  /** null: the type has none. */
  readonly collation: StoredCollation | null
}

export interface StoredCollation {
  readonly name: string
  /** 'c' libc, 'i' ICU, 'b' built in; of the database where the column says nothing. */
  readonly provider: string
  readonly locale: string | null
  readonly deterministic: boolean
}

export interface StoredIndex {
  readonly name: string
  readonly method: string
  readonly unique: boolean
  readonly valid: boolean
  /** Not so where its constraint is deferrable. */
  readonly immediate: boolean
  readonly partial: boolean
  readonly nullsNotDistinct: boolean
  /** Key columns in order; null where there is an expression. */
  readonly columns: readonly (string | null)[]
  /** Bit 0: descending, bit 1: nulls first. */
  readonly options: readonly number[]
  /** Whether each column is compared as the column itself is: by its own collation and its type's usual order. */
  readonly usual: readonly boolean[]
}

export interface StoredExclusion {
  readonly name: string
  readonly method: string
  readonly deferrable: boolean
  readonly elements: readonly { readonly expression: string; readonly operator: string }[]
  readonly where: string | null
}

/**
 * All in one statement, and as one text: no parser of a client's has a say. What came with later versions (indnullsnotdistinct,
 * datlocprovider, colllocale) is read by name out of the row as JSON.
 */
const question = `select json_build_object(
  'kind', c.relkind,
  'persistence', c.relpersistence,
  'rowSecurity', row_security_active(c.oid),
  'lacking', (select coalesce(json_agg(privilege), '[]') from unnest(array['select', 'insert', 'update', 'delete']) as privilege
    where not has_table_privilege(c.oid, privilege)),
  'extension', case when exists (select from pg_extension where extname = 'btree_gist') then 'present'
    when exists (select from pg_available_extensions where name = 'btree_gist') then 'available' else 'absent' end,
  'columns', (select coalesce(json_agg(json_build_object(
      'name', a.attname,
      'type', replace(case t.typtype when 'd' then format_type(t.typbasetype, t.typtypmod) else format_type(a.atttypid, a.atttypmod) end, '"', ''),
      'notNull', a.attnotnull or t.typnotnull,
      'hasDefault', a.atthasdef or a.attidentity <> '' or t.typdefault is not null,
      'computed', a.attgenerated <> '' or a.attidentity = 'a',
      'collation', case when l.oid is not null then json_build_object(
        'name', l.collname,
        'provider', case l.collprovider when 'd' then coalesce(to_jsonb(d) ->> 'datlocprovider', 'c') else l.collprovider::text end,
        'locale', case when l.collprovider <> 'd' then coalesce(l.collcollate, to_jsonb(l) ->> 'colllocale', to_jsonb(l) ->> 'colliculocale')
          when coalesce(to_jsonb(d) ->> 'datlocprovider', 'c') = 'c' then d.datcollate
          else coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') end,
        'deterministic', l.collisdeterministic) end
    ) order by a.attnum), '[]')
    from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_collation l on l.oid = a.attcollation
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
  'indexes', (select coalesce(json_agg(json_build_object(
      'name', x.relname,
      'method', m.amname,
      'unique', i.indisunique,
      'valid', i.indisvalid and i.indisready,
      'immediate', i.indimmediate,
      'partial', i.indpred is not null,
      'nullsNotDistinct', coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false),
      'columns', k.columns, 'options', k.options, 'usual', k.usual
    ) order by x.relname), '[]')
    from pg_index i join pg_class x on x.oid = i.indexrelid join pg_am m on m.oid = x.relam
    cross join lateral (select json_agg(a.attname order by n) as columns, json_agg(i.indoption[n - 1] order by n) as options,
        json_agg(coalesce(i.indcollation[n - 1] = a.attcollation
          and exists (select from pg_opclass u where u.opcfamily = o.opcfamily and u.opcdefault), false) order by n) as usual
      from generate_series(1, i.indnkeyatts) as n join pg_opclass o on o.oid = i.indclass[n - 1]
      left join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[n - 1] and a.attnum > 0) as k
    where i.indrelid = c.oid and not i.indisexclusion),
  'exclusions', (select coalesce(json_agg(json_build_object(
      'name', e.conname,
      'method', m.amname,
      'deferrable', e.condeferrable,
      'elements', (select json_agg(json_build_object('expression', pg_get_indexdef(i.indexrelid, n, false), 'operator', p.oprname) order by n)
        from generate_series(1, i.indnkeyatts) as n join pg_operator p on p.oid = e.conexclop[n]),
      'where', pg_get_expr(i.indpred, i.indrelid)
    ) order by e.conname), '[]')
    from pg_constraint e join pg_index i on i.indexrelid = e.conindid join pg_class x on x.oid = i.indexrelid join pg_am m on m.oid = x.relam
    where e.conrelid = c.oid and e.contype = 'x')
)::text as facts
from pg_class c join pg_database d on d.datname = current_database() where c.oid = to_regclass($1)`

/** The table as this session finds it, along its search_path; null where there is none. */
export async function storedTable({ table, dialect }: EntityLayout, query: Query): Promise<StoredTable | null> {
  const [row] = await query(question, [dialect.quote(table)])
  return row === undefined ? null : (JSON.parse(String(row.facts)) as StoredTable)
}

/** The schemas that hold a table of that name, though the search_path does not lead there. */
export async function elsewhere({ table }: EntityLayout, query: Query): Promise<string[]> {
  const rows = await query(
    `select nspname::text as name from pg_class join pg_namespace on pg_namespace.oid = relnamespace where relname = $1 and relkind in ('r', 'p') order by nspname`,
    [table],
  )
  return rows.map(({ name }) => String(name))
}
