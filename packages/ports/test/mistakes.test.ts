import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { type CompilerError, type CompilerName, errorsIn, runCompiler } from './compiling/compiler.ts'
import { createProject } from './compiling/project.ts'
import { type Mistake, mistakesInCalls, mistakesInDefinitions, mistakesOfUndefined } from './mistakes.ts'

const mistakes: readonly Mistake[] = [...mistakesInCalls, ...mistakesInDefinitions, ...mistakesOfUndefined]
const imports = `import { boolean, defineEntity, float, instant, integer, json, oneOf, text } from '@portolan/ports'
import { Booking, maybe, Room, storage } from './example.ts'
declare const roomId: string`

/** Compiles every mistake, each in a file of its own, beside the example that has none. */
async function compileMistakes(compiler: CompilerName, options = {}): Promise<readonly CompilerError[]> {
  const example = await readFile(join(import.meta.dirname, 'example.ts'), 'utf8')
  const files = Object.fromEntries(mistakes.map(({ code }, index) => [`mistake-${index}.ts`, `${imports}\n${code}\n`]))
  const folder = await createProject({
    packages: { '@portolan/ports': inject('builtPackage') },
    files: { ...files, 'example.ts': example.replace('../src/index.ts', '@portolan/ports') },
    options,
  })
  return errorsIn((await runCompiler(folder, [], compiler)).output)
}

const errorsOf = (errors: readonly CompilerError[], mistake: Mistake): readonly string[] =>
  errors.filter(({ file }) => file === `mistake-${mistakes.indexOf(mistake)}.ts`).map(({ text }) => text)

const compilers: readonly (readonly [title: string, compiler: CompilerName, exact: boolean])[] = [
  ['TypeScript 7', 'typescript', false],
  ['TypeScript 7 with exactOptionalPropertyTypes', 'typescript', true],
  ['TypeScript 5.9', 'typescript-5.9', false],
]

describe.each(compilers)('%s', (_, compiler, exact) => {
  let errors: readonly CompilerError[]
  beforeAll(async () => {
    errors = await compileMistakes(compiler, { exactOptionalPropertyTypes: exact })
  })

  test('finds nothing wrong outside the mistakes', () => {
    expect(errors.filter(({ file }) => !file.startsWith('mistake-'))).toEqual([])
  })

  const visible = exact ? mistakes : [...mistakesInCalls, ...mistakesInDefinitions]
  test.each(visible)('says what is wrong: $mistake', (mistake) => {
    const texts = errorsOf(errors, mistake)
    expect(texts).toHaveLength(1)
    for (const part of mistake.says) expect(texts[0]).toContain(part)
  })

  test.each(exact ? [] : mistakesOfUndefined)('cannot see: $mistake', (mistake) => {
    expect(errorsOf(errors, mistake)).toEqual([])
  })
})
