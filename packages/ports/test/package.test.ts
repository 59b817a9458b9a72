import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { describe, expect, inject, test } from 'vitest'
import { type CompilerName, runCompiler } from './compiling/compiler.ts'
import { createProject, type ProjectContent } from './compiling/project.ts'
import { manyEntities } from './many-entities.ts'

const largestBytes = 2_048
const mostInstantiations = 300_000

const declarationFiles = async (): Promise<string[]> => {
  const files = await readdir(join(inject('builtPackage'), 'dist'))
  return files.filter((file) => file.endsWith('.d.ts'))
}

test(`everything, minified and gzipped, is under ${largestBytes} bytes`, async ({ annotate }) => {
  const { outputFiles } = await build({
    entryPoints: [join(inject('builtPackage'), 'dist', 'index.js')],
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
  })
  const bytes = gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length
  await annotate(`${bytes} bytes minified and gzipped`)
  console.info(`ports: ${bytes} bytes minified and gzipped (limit ${largestBytes})`)
  expect(bytes).toBeGreaterThan(500)
  expect(bytes).toBeLessThan(largestBytes)
})

test('50 entities of 20 fields, with seven calls each, stay cheap to check', async ({ annotate }) => {
  const folder = await createProject({
    packages: { '@portolan/ports': inject('builtPackage') },
    files: manyEntities(50, 20),
    options: { skipLibCheck: true },
  })
  const { output, ok } = await runCompiler(folder, ['--extendedDiagnostics'])
  expect(ok, output.slice(0, 2_000)).toBe(true)
  const figure = (name: string) => Number(new RegExp(`^${name}: +([\\d.]+)`, 'm').exec(output)?.[1])
  const figures = `${figure('Instantiations')} instantiations, ${figure('Check time')} s`
  await annotate(figures)
  console.info(`ports: 50 entities: ${figures} (limit ${mostInstantiations})`)
  expect(figure('Instantiations')).toBeGreaterThan(50_000)
  expect(figure('Instantiations')).toBeLessThan(mostInstantiations)
})

describe('the built types are taken', () => {
  const files = {
    'booking.ts': `import { defineEntity, instant, json, text } from '@portolan/ports'
export const Booking = defineEntity({
  name: 'booking', scope: 'tenantId', versioned: true,
  fields: { roomId: text(), startsAt: instant(), metadata: json().nullable() },
  unique: { room: ['roomId'] },
})
`,
    'service.ts': `import type { EntityOf, Ports } from '@portolan/ports'
import { isStorageError } from '@portolan/ports'
import { Booking } from './booking.js'
export async function book(ports: Ports): Promise<EntityOf<typeof Booking>> {
  const { row } = await ports.repository(Booking, { tenantId: 't' }).insertOrGet('room', { roomId: 'r', startsAt: new Date() })
  if (isStorageError(row, 'duplicate')) throw new Error(row.data.unique)
  return row
}
`,
  }
  const settings: readonly (readonly [what: string, compiler: CompilerName, options: ProjectContent['options']])[] = [
    ['by TypeScript 7', 'typescript', {}],
    [
      'by TypeScript 5.9, with the DOM and an old target',
      'typescript-5.9',
      { target: 'es2020', lib: ['es2020', 'dom'] },
    ],
    ['where a bundler resolves', 'typescript', { module: 'esnext', moduleResolution: 'bundler' }],
    ['without any strict option but strictNullChecks', 'typescript', { strict: false, strictNullChecks: true }],
  ]
  test.each(settings)('%s', async (_, compiler, options) => {
    const folder = await createProject({
      packages: { '@portolan/ports': inject('builtPackage') },
      files,
      options: { exactOptionalPropertyTypes: false, ...options },
    })
    expect((await runCompiler(folder, [], compiler)).output).toBe('')
  })

  test('and a library’s own declarations name nothing but the package', async () => {
    const folder = await createProject({
      packages: { '@portolan/ports': inject('builtPackage') },
      files,
      options: {
        noEmit: false,
        declaration: true,
        emitDeclarationOnly: true,
        outDir: 'out',
        allowImportingTsExtensions: false,
      },
    })
    expect((await runCompiler(folder, [])).output).toBe('')
    const text = await readFile(join(folder, 'out', 'booking.d.ts'), 'utf8')
    expect(text).toMatch(
      /^export declare const Booking: import\("@portolan\/ports"\)\.Entity<\{\n {4}name: "booking";/m,
    )
    expect([...text.matchAll(/import\("([^"]+)"\)/g)].map((match) => match[1])).not.toContainEqual(
      expect.stringContaining('/dist/'),
    )
  })
})

test('every exported declaration, and every method, has a docstring', async () => {
  const missing: string[] = []
  let [declarations, methods] = [0, 0]
  for (const file of await declarationFiles()) {
    if (file === 'definition.d.ts') continue
    const lines = (await readFile(join(inject('builtPackage'), 'dist', file), 'utf8')).split('\n')
    for (const [index, line] of lines.entries()) {
      const declaration = /^export (?:declare )?(?:interface|type|const|function|class|abstract class) (\w+)/.exec(line)
      const method = /^ {4,8}(\w+)\??[(<].*\): /.exec(line)
      const name = declaration?.[1] ?? method?.[1]
      if (name === undefined) continue
      if (declaration) declarations++
      else methods++
      const before = lines[index - 1]?.trim() ?? ''
      const isOverload = before.startsWith(`export declare function ${name}`)
      const isInherited = file === 'storage.d.ts' && /^(repository|outbox)$/.test(name)
      if (!before.endsWith('*/') && !isOverload && !isInherited) missing.push(`${file}: ${name}`)
    }
  }
  expect(missing).toEqual([])
  expect(declarations).toBeGreaterThan(60)
  expect(methods).toBeGreaterThan(40)
})

test('the package has no dependencies and runs without Node', async () => {
  const manifest = JSON.parse(await readFile(join(inject('builtPackage'), 'package.json'), 'utf8'))
  expect(manifest).not.toHaveProperty('dependencies')
  expect(manifest).not.toHaveProperty('peerDependencies')
  for (const file of await readdir(join(inject('builtPackage'), 'dist'))) {
    expect(await readFile(join(inject('builtPackage'), 'dist', file), 'utf8')).not.toMatch(
      /from ['"]node:|\bBuffer\b|\bprocess\./,
    )
  }
})

test('the scripts of this package run the compiler of the workspace, not the older one beside it', async () => {
  const { version } = createRequire(import.meta.url)('typescript/package.json')
  const program = join(import.meta.dirname, '..', 'node_modules', '.bin', 'tsc')
  const { stdout } = await promisify(execFile)(program, ['--version'], { shell: process.platform === 'win32' })
  expect(stdout.trim()).toBe(`Version ${version}`)
})
