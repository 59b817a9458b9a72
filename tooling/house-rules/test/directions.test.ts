import { expect, test } from 'vitest'
import { cycleProblems, directionProblems } from '../src/directions.ts'
import { importsOf, packageOf } from '../src/imports.ts'
import { readWorkspace } from '../src/workspace.ts'
import { packageLike } from './fixtures.ts'

const kit = { '@portolan/adapter-kit': 'workspace:^' }

test('every package imports in the direction of the design', () => {
  expect(directionProblems(readWorkspace())).toEqual([])
})

test('no two packages need each other', () => {
  expect(cycleProblems(readWorkspace())).toEqual([])
})

test('every form of import is seen, and none in a comment', () => {
  const text = `
    import one, { type A } from 'one'
    import type { B } from "two/deep"
    import {
      C,
    } from '@three/three/deep'
    import 'four'
    export * from 'five'
    export type { D } from 'six'
    const e = await import('seven')
    // import 'no'
    /* export * from 'no' */
  `
  expect(importsOf(text)).toEqual([
    { specifier: 'one', typeOnly: false },
    { specifier: 'two/deep', typeOnly: true },
    { specifier: '@three/three/deep', typeOnly: false },
    { specifier: 'five', typeOnly: false },
    { specifier: 'six', typeOnly: true },
    { specifier: 'four', typeOnly: false },
    { specifier: 'seven', typeOnly: false },
  ])
  expect(['./a.ts', 'node:fs', 'two/deep', '@three/three/deep'].map(packageOf)).toEqual([
    undefined,
    undefined,
    'two',
    '@three/three',
  ])
})

test.each([
  [
    'an adapter that imports another',
    packageLike('@portolan/memory', { dependencies: kit }, { 'index.ts': "import { x } from '@portolan/kysely'" }),
    'packages/memory/src/index.ts must not import @portolan/kysely',
  ],
  [
    'a dependency alone',
    packageLike('@portolan/sql-kit', { dependencies: { '@portolan/kysely': 'workspace:^' } }),
    '@portolan/sql-kit must not depend on @portolan/kysely',
  ],
  [
    'ports with an import',
    packageLike('@portolan/ports', {}, { 'a.ts': "export type { Driver } from '@portolan/adapter-kit'" }),
    'packages/ports/src/a.ts must not import @portolan/adapter-kit',
  ],
  [
    'an import that is not declared',
    packageLike('@portolan/memory', { devDependencies: { zod: '4' } }, { 'a.ts': "import { z } from 'zod'" }),
    'packages/memory/src/a.ts imports zod, which @portolan/memory does not declare',
  ],
  [
    'conformance on the code of the kit',
    packageLike(
      '@portolan/conformance',
      { dependencies: kit },
      { 'a.ts': "import { x } from '@portolan/adapter-kit'" },
    ),
    'packages/conformance/src/a.ts may import only types from @portolan/adapter-kit',
  ],
  [
    'a package nobody thought of',
    packageLike('@portolan/new'),
    '@portolan/new: no rule says what it may import; write one',
  ],
])('%s is a problem', (_, wrong, problem) => {
  const neighbours = ['ports', 'adapter-kit', 'kysely'].map((name) => packageLike(`@portolan/${name}`))
  const others = neighbours.filter(({ manifest }) => manifest.name !== wrong.manifest.name)
  expect(directionProblems([...others, wrong])).toEqual([problem])
})

test('a binding stands on ports, never on the kit', () => {
  const binding = { ...packageLike('@portolan/roomkit', { dependencies: kit }), folder: 'packages/bindings/roomkit' }
  const problems = directionProblems([packageLike('@portolan/ports'), packageLike('@portolan/adapter-kit'), binding])
  expect(problems).toEqual(['@portolan/roomkit must not depend on @portolan/adapter-kit'])
})

test('a cycle over a development dependency is a problem', () => {
  const memory = packageLike('@portolan/memory', { devDependencies: { '@portolan/conformance': 'workspace:*' } })
  const conformance = packageLike('@portolan/conformance', { devDependencies: { '@portolan/memory': 'workspace:*' } })
  expect(cycleProblems([memory, conformance])).toEqual([
    'cycle: @portolan/memory -> @portolan/conformance -> @portolan/memory',
  ])
})
