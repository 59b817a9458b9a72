import { expect, test } from 'vitest'
import { kitProblems, lengthProblems, longestFile, machinePathProblems, nameProblems } from '../src/sources.ts'
import { projectFiles, readWorkspace, sourceFile } from '../src/workspace.ts'

const packages = readWorkspace()
const sources = packages.flatMap((one) => one.sources)
const kit = packages.find(({ manifest }) => manifest.name === '@portolan/adapter-kit')

test('no source file is longer than one subject', () => {
  expect(lengthProblems(sources)).toEqual([])
})

test('every name says what it holds', () => {
  expect(nameProblems(projectFiles())).toEqual([])
})

test('the core of the kit needs nothing of Node but AsyncLocalStorage', () => {
  expect(kit?.sources.length).toBeGreaterThan(0)
  expect(kitProblems(kit?.sources ?? [])).toEqual([])
})

test('nothing names a place of one machine', () => {
  const text = projectFiles().filter((path) => !/\.(png|jpg|gif|ico|woff2?|sqlite|db|gz)$/.test(path))
  expect(machinePathProblems(text.map(sourceFile))).toEqual([])
})

test('a long file is a problem', () => {
  const lines = (count: number) => ({ path: 'packages/a/src/a.ts', text: 'x\n'.repeat(count) })
  expect(lengthProblems([lines(longestFile)])).toEqual([])
  expect(lengthProblems([lines(longestFile + 1)])).toEqual([
    `packages/a/src/a.ts has ${longestFile + 1} lines; is it about one subject?`,
  ])
})

test('a name that says nothing is a problem, as a file or a folder', () => {
  const wrong = ['a/utils.ts', 'a/helpers/b.ts', 'a/string-util.ts', 'common/a.ts', 'a/shared.ts', 'misc.ts']
  expect(nameProblems(wrong)).toHaveLength(wrong.length)
  expect(nameProblems(['a/utilities-bill.ts', 'a/commonwealth.ts', 'shareholders/a.ts'])).toEqual([])
})

test('a module of Node in the core is a problem, in the node entry it is not', () => {
  const text = "import { AsyncLocalStorage } from 'node:async_hooks'\nimport { readFile } from 'node:fs/promises'"
  const at = (path: string) => ({ path: `packages/adapter-kit/src/${path}`, text })
  expect(kitProblems([at('core.ts'), at('node.ts'), at('node/events.ts'), at('node-like.ts')])).toEqual([
    'packages/adapter-kit/src/core.ts must not import node:fs/promises',
    'packages/adapter-kit/src/node-like.ts must not import node:fs/promises',
  ])
})

test('a machine path is a problem; a part of another path is not', () => {
  const slash = '/'
  const problem = (text: string) => machinePathProblems([{ path: 'a.md', text }])
  for (const place of ['work', 'root', 'tmp']) {
    expect(problem(`first\nin ${slash}${place}${slash}x`)).toEqual(['a.md:2 names a place of one machine'])
    expect(problem(`'${slash}${place}'`)).toHaveLength(1)
    expect(problem(`https://example.com${slash}${place}${slash}x ./a${slash}${place} ${slash}${place}shop`)).toEqual([])
  }
})
