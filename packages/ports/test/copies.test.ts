import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { errorsIn, runCompiler } from './compiling/compiler.ts'
import { createProject } from './compiling/project.ts'

/** A replacement in one file of the sources; it must apply, or the copy would not differ. */
type Change = readonly [file: string, before: string, after: string]

/** What a later minor version may add: kinds, operators, codes, and optional keys of whatever users give or adapters return. */
const additions: readonly Change[] = [
  ['field.ts', `'one-of' | 'json'`, `'one-of' | 'json' | 'decimal'`],
  [
    'field.ts',
    `/** true or false`,
    `export const decimal = (): FieldBuilder<'decimal', string> => field('decimal')\n/** true or false`,
  ],
  ['field.ts', `  readonly nullable: boolean\n`, `  readonly nullable: boolean\n  readonly digits?: number\n`],
  ['definition.ts', `  readonly fields: F\n`, `  readonly fields: F\n  readonly comment?: string\n`],
  ['define-entity.ts', `noOverlap = {}, ...more }`, `noOverlap = {}, comment: _, ...more }`],
  ['entity.ts', `  readonly json: string\n`, `  readonly json: string\n  readonly ordered?: string\n`],
  [
    'entity.ts',
    `  readonly versioned: T['versioned']\n`,
    `  readonly versioned: T['versioned']\n  readonly comment?: string\n`,
  ],
  [
    'entity.ts',
    `  readonly versioned: boolean\n  readonly timestamps: boolean\n}\n\n/** No two rows`,
    `  readonly versioned: boolean\n  readonly timestamps: boolean\n  readonly comment?: string\n}\n\n/** No two rows`,
  ],
  ['error.ts', `  misuse: {}\n`, `  misuse: {}\n  'quota-exceeded': { entity: string; limit: number }\n`],
  [
    'filter.ts',
    `  readonly notIn?: readonly V[]\n`,
    `  readonly notIn?: readonly V[]\n  readonly between?: readonly [NonNullable<V>, NonNullable<V>]\n`,
  ],
  ['filter.ts', `  readonly startsWith?: string\n`, `  readonly startsWith?: string\n  readonly endsWith?: string\n`],
  [
    'repository.ts',
    `  readonly limit?: number | undefined\n`,
    `  readonly limit?: number | undefined\n  readonly distinct?: boolean | undefined\n`,
  ],
  [
    'storage.ts',
    `  readonly retries?: number | undefined\n`,
    `  readonly retries?: number | undefined\n  readonly priority?: 'low' | undefined\n`,
  ],
  ['storage.ts', `  close(): Promise<void>\n`, `  close(): Promise<void>\n  explain?(): Promise<string>\n`],
  ['capabilities.ts', `  readonly overlap: boolean\n`, `  readonly overlap: boolean\n  readonly fullText?: boolean\n`],
  [
    'outbox.ts',
    `  readonly payload: Json\n  /** Milliseconds`,
    `  readonly payload: Json\n  readonly orderingKey?: string | undefined\n  /** Milliseconds`,
  ],
  ['key-value.ts', `  readonly value: string\n`, `  readonly value: string\n  readonly bytes?: number\n`],
]

/** What no minor version may do: each must be found. */
const breaks: Readonly<Record<string, Change>> = {
  'a required property of an entity': [
    'entity.ts',
    `  readonly versioned: T['versioned']\n`,
    `  readonly versioned: T['versioned']\n  readonly comment: string\n`,
  ],
  'a required capability': [
    'capabilities.ts',
    `  readonly overlap: boolean\n`,
    `  readonly overlap: boolean\n  readonly fullText: boolean\n`,
  ],
  'a required method of a storage': [
    'storage.ts',
    `  close(): Promise<void>\n`,
    `  close(): Promise<void>\n  explain(): Promise<string>\n`,
  ],
  'a private member of an error': [
    'error.ts',
    `  readonly code: C\n`,
    `  readonly code: C\n  readonly #secret: string = ''\n  secret(): string {\n    return this.#secret\n  }\n`,
  ],
  'an option that must be given': [
    'repository.ts',
    `  readonly limit?: number | undefined\n`,
    `  readonly limit: number\n`,
  ],
}

const packageFolder = join(import.meta.dirname, '..')

async function buildCopy(name: string, changes: readonly Change[]): Promise<string> {
  const folder = join(inject('projects'), name)
  await mkdir(folder)
  await cp(join(packageFolder, 'src'), join(folder, 'src'), { recursive: true })
  for (const [file, before, after] of changes) {
    const path = join(folder, 'src', file)
    const text = await readFile(path, 'utf8')
    expect(text.split(before).length, `${JSON.stringify(before)} in ${file}`).toBeGreaterThan(1)
    await writeFile(path, text.replace(before, after))
  }
  const manifest = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8'))
  await writeFile(join(folder, 'package.json'), JSON.stringify({ ...manifest, name }))
  const config = join(packageFolder, '..', '..', 'tooling', 'tsconfig', 'build.json')
  const compilerOptions = { rootDir: 'src', outDir: 'dist', types: [], noUnusedLocals: false }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ extends: config, compilerOptions, include: ['src'] }))
  expect((await runCompiler(folder, ['-p', '.'])).output).toBe('')
  return folder
}

/** Type-checks code that lets everything pass between two copies, called ours and theirs. */
async function exchange(ours: string, theirs: string) {
  const code = await readFile(join(import.meta.dirname, 'exchange.ts'), 'utf8')
  const folder = await createProject({
    packages: { ours, theirs },
    files: {
      'exchange.ts': code
        .replace(`'../src/index.ts' // ours`, `'ours'`)
        .replace(`'../src/index.ts' // theirs`, `'theirs'`),
    },
  })
  return errorsIn((await runCompiler(folder, [])).output)
}

describe('two copies installed side by side', () => {
  let same: string
  let newer: string
  beforeAll(async () => {
    ;[same, newer] = await Promise.all([buildCopy('same', []), buildCopy('newer', additions)])
  })

  test('fit when they are identical', async () => {
    expect(await exchange(inject('builtPackage'), same)).toEqual([])
  })

  test('fit when theirs has additions', async () => {
    expect(await exchange(inject('builtPackage'), newer)).toEqual([])
  })

  test('fit when ours has additions', async () => {
    expect(await exchange(newer, inject('builtPackage'))).toEqual([])
  })

  test.each(Object.keys(breaks))('do not fit, one way or the other, after %s', async (what) => {
    const broken = await buildCopy(what.replaceAll(' ', '-'), [breaks[what] as Change])
    const [forth, back] = await Promise.all([
      exchange(inject('builtPackage'), broken),
      exchange(broken, inject('builtPackage')),
    ])
    expect([...forth, ...back]).not.toEqual([])
  })

  test('understand each other at run time', async () => {
    const load = (folder: string) => import(pathToFileURL(join(folder, 'dist', 'index.js')).href)
    const ours: typeof import('../src/index.ts') = await load(inject('builtPackage'))
    const theirs: typeof ours & { decimal: typeof ours.text } = await load(newer)
    const price = ours.defineEntity({ name: 'price', fields: { amount: theirs.decimal(), note: theirs.text() } })
    expect(price.needs).toEqual(['field:decimal'])
    expect(price.format).toBe(ours.defineEntity({ name: 'price', fields: {} }).format)
    const error = new theirs.StorageError('quota-exceeded' as 'misuse', 'x', {})
    expect(ours.isStorageError(error)).toBe(true)
    expect(ours.isStorageError(error, 'misuse')).toBe(false)
    expect(() => ours.defineEntity({ name: 'price', fields: {}, comment: 'x' } as never)).toThrow(
      'unknown option "comment"',
    )
  })
})
