import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

const packageFolder = join(import.meta.dirname, '..')
const compiler = join(packageFolder, '..', '..', '..', 'node_modules', 'typescript', 'bin', 'tsc')
const mostInstantiations = 320_000

/** Compiles files as a user's, and gives back what the compiler says; paths without their folder. */
async function compile(files: Readonly<Record<string, string>>, options: readonly string[] = []): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'portolan-tables-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await mkdir(join(folder, 'own'))
  await symlink(join(packageFolder, 'node_modules'), join(folder, 'node_modules'))
  const compilerOptions = { types: [], noEmit: true, skipLibCheck: true }
  const base = join(packageFolder, '..', '..', '..', 'tooling', 'tsconfig', 'base.json')
  const config = { extends: base, compilerOptions, include: ['own'] }
  // The types alone, so that nothing of the adapter's code is compiled and counted with them.
  await cp(join(packageFolder, 'src', 'tables-of.ts'), join(folder, 'own', 'tables-of.ts'))
  await writeFile(join(folder, 'own', 'options.ts'), `export type DialectName = 'postgres' | 'sqlite'`)
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, 'own', name), text)
  return await new Promise((resolve) => {
    execFile(
      process.execPath,
      [compiler, '-p', folder, '--pretty', 'false', ...options],
      { cwd: join(folder, 'own'), maxBuffer: 1e8 },
      (_, output) => resolve(output),
    )
  })
}

const head = `import { boolean, defineEntity, instant, integer, json, oneOf, text } from '@portolan/ports'
import type { Kysely } from 'kysely'
import type { TablesOf } from './tables-of.ts'
const Room = defineEntity({
  name: 'room',
  fields: { label: text(), open: boolean(), since: instant(), floor: integer(), state: oneOf('new', 'old'), tags: json<string[]>() },
  versioned: true,
})
const names = { room: { table: 'rooms', fields: { label: 'name' } } } as const
const late = { room: { table: 'rooms' } }
export const used = [Room, names, late]
interface OnPostgres extends TablesOf<[typeof Room], 'postgres'> {}
interface OnSqlite extends TablesOf<[typeof Room], 'sqlite'> {}
interface Mapped extends TablesOf<[typeof Room], 'postgres', typeof names> {}
declare const postgres: Kysely<OnPostgres>
declare const sqlite: Kysely<OnSqlite>
declare const mapped: Kysely<Mapped>
`

/** What a user is likely to get wrong, and what the compiler then says, in one error. */
const mistakes: readonly (readonly [mistake: string, code: string, says: readonly string[]])[] = [
  [
    'a table that there is not',
    `await postgres.selectFrom('rooms').selectAll().execute()`,
    [`'"rooms"' is not assignable to parameter of type 'TableExpressionOrList<OnPostgres, never>'.`],
  ],
  [
    'a column that there is not',
    `await postgres.selectFrom('room').where('name', '=', 'x').selectAll().execute()`,
    [`'"name"' is not assignable to parameter of type 'ReferenceExpression<OnPostgres, "room">'`],
  ],
  [
    'the name that a mapping has replaced',
    `await mapped.selectFrom('rooms').where('label', '=', 'x').selectAll().execute()`,
    [`'"label"' is not assignable to parameter of type 'ReferenceExpression<Mapped, "rooms">'`],
  ],
  [
    'a mapping that is not "as const"',
    `export interface Untold extends TablesOf<[typeof Room], 'postgres', typeof late> {}`,
    [
      `Type 'string' is not assignable to type '"a mapping must be declared \\"as const\\", so that its names are known"'`,
    ],
  ],
  [
    'a version that is taken for a number',
    `const { version } = await postgres.selectFrom('room').select('version').executeTakeFirstOrThrow()
const next: number = version + 1
export { next }`,
    [`Type 'string' is not assignable to type 'number'.`],
  ],
  [
    'an instant that is taken for text',
    `const { since } = await postgres.selectFrom('room').select('since').executeTakeFirstOrThrow()
export const text2: string = since`,
    [`Type 'Date' is not assignable to type 'string'.`],
  ],
  [
    'an array that pg would make one of Postgres’s of',
    `await postgres.updateTable('room').set({ tags: ['a'] }).execute()`,
    [`Type 'string[]' is not assignable to type`, `string`],
  ],
  [
    'a boolean that SQLite does not know',
    `await sqlite.updateTable('room').set({ open: true }).execute()`,
    [`Type 'true' is not assignable to type`, `0`],
  ],
  [
    'a text that is none of the field’s',
    `await sqlite.updateTable('room').set({ state: 'ancient' }).execute()`,
    [`Type '"ancient"' is not assignable to type`, `"new"`],
  ],
  [
    'a column that no database fills in',
    `await sqlite.insertInto('room').values({ id: 'r', label: 'x', open: 1, since: '', floor: 1, state: 'new', tags: '[]' }).execute()`,
    [`is not assignable to parameter of type 'InsertExpression<OnSqlite, "room">'.`],
  ],
]

test('the compiler tells what is wrong', { timeout: 60_000 }, async () => {
  const files = Object.fromEntries(mistakes.map(([, code], index) => [`mistake-${index}.ts`, `${head}\n${code}\n`]))
  const output = await compile({ ...files, 'right.ts': head.replaceAll('declare const', 'export declare const') })
  const errors = output.trim().split(/\n(?=\S)/)
  for (const [index, [mistake, , says]] of mistakes.entries()) {
    const own = errors.filter((error) => error.includes(`mistake-${index}.ts`))
    expect(own, `${mistake}\n${own.join('\n')}`).toHaveLength(1)
    for (const part of says) expect(own[0], mistake).toContain(part)
  }
  expect(errors.filter((error) => !error.includes('mistake-'))).toEqual([])
})

/** A file of 50 definitions, and a query on each; what `tables` writes types the queries. */
function manyTables(tables: (names: readonly string[], fields: readonly number[]) => string): string {
  const kinds = ['text()', 'integer().nullable()', 'instant()', 'json<string[]>()', `oneOf('a', 'b')`]
  const fields = Array.from({ length: 20 }, (_, index) => index)
  const names = Array.from({ length: 50 }, (_, index) => `E${index}`)
  const definition = fields.map((field) => `f${field}: ${kinds[field % kinds.length]}`).join(', ')
  return `import { defineEntity, instant, integer, json, oneOf, text } from '@portolan/ports'
import type { ColumnType, Kysely } from 'kysely'
import type { TablesOf } from './tables-of.ts'
${names.map((name) => `export const ${name} = defineEntity({ name: '${name}', fields: { ${definition} }, versioned: true })`).join('\n')}
${tables(names, fields)}
export type Both = [TablesOf<[], 'postgres'>, ColumnType<1>]
export const each = async (db: Kysely<Tables>) => {
${names.map((name) => `  await db.selectFrom('${name}').where('f0', '=', 'x').select(['id', 'f2']).execute()`).join('\n')}
}
`
}

test('50 tables of 20 columns stay cheap to check, beside such as are written by hand', {
  timeout: 60_000,
}, async ({ annotate }) => {
  const instantiations = async (file: string): Promise<number> => {
    const output = await compile({ 'many.ts': file }, ['--extendedDiagnostics'])
    expect(output).not.toContain('error TS')
    return Number(/^Instantiations: +(\d+)/m.exec(output)?.[1])
  }
  const made = manyTables(
    (names) =>
      `interface Tables extends TablesOf<[${names.map((name) => `typeof ${name}`).join(', ')}], 'postgres'> {}`,
  )
  const types = [
    'string',
    'ColumnType<string, number | string> | null',
    'ColumnType<Date, Date | string>',
    'ColumnType<string[], string>',
    `'a' | 'b'`,
  ]
  const byHand = manyTables((names, fields) => {
    const columns = fields.map((field) => `f${field}: ${types[field % types.length]}`).join('; ')
    return `interface Tables { ${names.map((name) => `${name}: { id: string; ${columns}; version: ColumnType<string, number> }`).join('; ')} }`
  })
  const [all, least] = [await instantiations(made), await instantiations(byHand)]
  await annotate(`${all} instantiations, ${least} by hand`)
  console.info(`kysely: 50 tables: ${all} instantiations, ${least} by hand (limit ${mostInstantiations})`)
  expect(all).toBeGreaterThan(least)
  expect(all).toBeLessThan(mostInstantiations)
})
