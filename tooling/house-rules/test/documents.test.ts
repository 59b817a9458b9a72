import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import type { Example } from '../src/markdown.ts'
import { examplesOf, linkProblems } from '../src/markdown.ts'
import { projectFiles, root, sourceFile } from '../src/workspace.ts'

const execute = promisify(execFile)
const pages = projectFiles('*.md')
  .filter((path) => !path.startsWith('.changeset/') && !path.endsWith('CHANGELOG.md'))
  .map(sourceFile)
const examples: readonly Example[] = pages.flatMap(examplesOf)

test('every relative link points to something', () => {
  expect(linkProblems(pages, (path) => existsSync(join(root, path)))).toEqual([])
})

test('every ts block compiles, and those marked to run do', { timeout: 120_000 }, async () => {
  const folder = await emptyFolder('examples')
  await writeExamples(folder, examples)
  expect(await compile(folder)).toBe('')
  for (const [index, { path, line, run }] of examples.entries()) {
    if (run)
      await expect(
        execute(process.execPath, [fileName(index)], { cwd: folder }),
        `${path}:${line}`,
      ).resolves.toBeDefined()
  }
})

test('a block that does not compile is found', { timeout: 60_000 }, async () => {
  const folder = await emptyFolder('wrong-example')
  await writeExamples(folder, examplesOf({ path: 'wrong.md', text: "```ts\nconst one: number = 'one'\n```\n" }))
  expect(await compile(folder)).toContain("Type 'string' is not assignable to type 'number'")
})

const fileName = (index: number) => `example-${index + 1}.ts`

async function emptyFolder(name: string) {
  const folder = join(import.meta.dirname, '..', '.generated', name)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  return folder
}

async function writeExamples(folder: string, all: readonly Example[]) {
  const options = { noUnusedLocals: false, noUnusedParameters: false }
  const config = {
    extends: join(root, 'tooling', 'tsconfig', 'base.json'),
    compilerOptions: options,
    include: ['*.ts'],
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
  // A page without any example must not make the compiler complain of an empty folder.
  await writeFile(join(folder, 'example-0.ts'), 'export {}\n')
  for (const [index, { path, line, code }] of all.entries()) {
    await writeFile(join(folder, fileName(index)), `// ${path}:${line}\n${code}\nexport {}\n`)
  }
}

/** What the compiler has to say, with the place in the document; empty if nothing. */
async function compile(folder: string) {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const output = await execute(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], { cwd: folder }).then(
    () => '',
    (error: { stdout: string }) => error.stdout,
  )
  return output.replace(/example-(\d+)\.ts/g, (name, number) => {
    const example = examples[Number(number) - 1]
    return example ? `${name} (${example.path}:${example.line})` : name
  })
}
