import { type Client, escapeLiteral } from 'pg'
import type { Opened, Sent } from './place.ts'

interface Node {
  readonly 'Node Type': string
  readonly 'Index Name'?: string
  readonly 'Relation Name'?: string
  readonly 'Index Cond'?: string
  readonly Filter?: string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Shared Hit Blocks': number
  readonly 'Shared Read Blocks': number
  readonly Plans?: readonly Node[]
}

/** How the server went about one statement. */
export interface Explained {
  /** Kinds of its nodes, outermost first. */
  readonly nodes: readonly string[]
  readonly indexes: readonly string[]
  /** Tables that are read from their beginning to their end. */
  readonly scanned: readonly string[]
  /** The most rows that a node has put in order. */
  readonly sorted: number
  /** Pages touched, in memory or not. */
  readonly pages: number
  /** For the message of an assertion. */
  readonly text: string
}

/** Runs what a storage has sent once more, under EXPLAIN, and takes it back. */
export function explain(client: Client, { sql, parameters }: Sent): Promise<Explained> {
  return explainText(client, sql, [...parameters], sql)
}

/** The same as a prepared statement, with the plan that the server keeps for values of any kind. */
export async function explainPrepared(client: Client, { sql, parameters }: Sent): Promise<Explained> {
  await client.query(`prepare explained as ${sql}`)
  await client.query('set plan_cache_mode = force_generic_plan')
  try {
    const values = parameters.map((value) => (value === null ? 'null' : escapeLiteral(String(value))))
    return await explainText(client, `execute explained(${values.join(', ')})`, [], sql)
  } finally {
    await client.query('reset plan_cache_mode')
    await client.query('deallocate explained')
  }
}

async function explainText(client: Client, statement: string, parameters: unknown[], sql: string): Promise<Explained> {
  await client.query('begin')
  try {
    // Catalog pages that planning reads for the first time would be counted too, by some versions.
    await client.query(`explain ${statement}`, parameters)
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Node }] }>(
      `explain (analyze, buffers, costs off, timing off, format json) ${statement}`,
      parameters,
    )
    const plan = rows[0]?.['QUERY PLAN'][0].Plan
    if (!plan) throw new Error('no plan')
    const all = allOf(plan)
    return {
      nodes: all.map((node) => node['Node Type']),
      indexes: all.flatMap((node) => node['Index Name'] ?? []),
      scanned: all.flatMap((node) => (node['Node Type'] === 'Seq Scan' ? (node['Relation Name'] ?? []) : [])),
      sorted: Math.max(0, ...all.filter(isSort).flatMap(({ Plans = [] }) => Plans.map(rowsOf))),
      pages: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'],
      text: [sql, ...linesOf(plan)].join('\n'),
    }
  } finally {
    await client.query('rollback')
  }
}

const isSort = (node: Node): boolean => node['Node Type'].includes('Sort')
const rowsOf = (node: Node): number => node['Actual Rows'] * node['Actual Loops']

function linesOf(node: Node, depth = 1): string[] {
  const { 'Node Type': type, 'Index Name': index, 'Relation Name': table, 'Index Cond': bounds, Filter: filter } = node
  const told = [type, index ?? table, bounds && `in ${bounds}`, filter && `if ${filter}`].filter(Boolean).join(' ')
  const pages = node['Shared Hit Blocks'] + node['Shared Read Blocks']
  const line = `${' '.repeat(2 * depth)}${told} (${rowsOf(node)} rows, ${pages} pages)`
  return [line, ...(node.Plans ?? []).flatMap((each) => linesOf(each, depth + 1))]
}

function allOf(node: Node): Node[] {
  return [node, ...(node.Plans ?? []).flatMap(allOf)]
}

/** The statements of a call, each explained; without what a transaction is begun and ended with. */
export async function explained(
  client: Client,
  { sent }: Opened,
  call: () => Promise<unknown>,
  how: typeof explain = explain,
): Promise<Explained[]> {
  sent.length = 0
  await call()
  const plans: Explained[] = []
  for (const statement of sent.splice(0))
    if (/^(select|insert|update|delete|with)/.test(statement.sql)) plans.push(await how(client, statement))
  return plans
}
