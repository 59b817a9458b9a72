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

describe.each(['typescript', 'typescript-5.9'] as const)('%s', (compiler) => {
  let exact: readonly CompilerError[]
  let usual: readonly CompilerError[]
  beforeAll(async () => {
    exact = await compileMistakes(compiler)
    usual = await compileMistakes(compiler, { exactOptionalPropertyTypes: false })
  })

  test('finds nothing wrong outside the mistakes', () => {
    expect([...exact, ...usual].filter(({ file }) => !file.startsWith('mistake-'))).toEqual([])
  })

  test.each(mistakes)('says what is wrong: $mistake', (mistake) => {
    const errors = errorsOf(exact, mistake)
    expect(errors).toHaveLength(1)
    for (const part of mistake.says) expect(errors[0]).toContain(part)
  })

  test.each([...mistakesInCalls, ...mistakesInDefinitions])(
    'says so without exactOptionalPropertyTypes too: $mistake',
    (mistake) => {
      const errors = errorsOf(usual, mistake)
      expect(errors).toHaveLength(1)
      for (const part of mistake.says) expect(errors[0]).toContain(part)
    },
  )

  test.each(mistakesOfUndefined)('cannot see without exactOptionalPropertyTypes: $mistake', (mistake) => {
    expect(errorsOf(usual, mistake)).toEqual([])
  })
})
