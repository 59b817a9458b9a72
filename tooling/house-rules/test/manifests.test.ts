import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { satisfies } from 'semver'
import { expect, test } from 'vitest'
import { clientProblems, manifestProblems, peerRangeProblems } from '../src/manifests.ts'
import { releaseConfigProblems } from '../src/releases.ts'
import { readText, readWorkspace, root } from '../src/workspace.ts'
import { packageLike } from './fixtures.ts'

const packages = readWorkspace()
const everythingExists = () => true

test('no published package ships a database client', () => {
  expect(clientProblems(packages)).toEqual([])
})

test('every published manifest keeps its promises, and its exports exist', () => {
  expect(manifestProblems(packages, (path) => existsSync(join(root, path)))).toEqual([])
})

test('the workspace satisfies its own peer ranges', () => {
  expect(peerRangeProblems(packages, satisfies)).toEqual([])
})

test('changesets leave peer ranges alone', () => {
  expect(releaseConfigProblems(JSON.parse(readText('.changeset/config.json')))).toEqual([])
})

test('a client is a problem as a dependency, not as a peer', () => {
  const peer = { '@portolan/ports': '^1.0.0', kysely: '>=0.28 <0.30' }
  const wrong = packageLike('@portolan/kysely', { dependencies: { pg: '8' }, peerDependencies: peer })
  expect(clientProblems([wrong])).toEqual([
    '@portolan/kysely ships the database client pg; it must be a peer dependency',
  ])
})

test.each([
  ['sideEffects', { sideEffects: true }, 'sideEffects must be false'],
  ['licence', { license: 'ISC' }, 'license must be "MIT"'],
  ['engines', { engines: { node: '>=20' } }, 'engines.node must be ">=22.12"'],
  ['module type', { type: 'commonjs' }, 'type must be "module"'],
  ['files', { files: ['dist', 'README.md'] }, 'files must list LICENSE'],
  ['exports', { exports: {} }, 'exports are missing'],
  [
    'types after the code',
    { exports: { '.': { default: './dist/index.js', types: './dist/index.d.ts' } } },
    'exports["."] must begin with types',
  ],
  [
    'peer range',
    { peerDependencies: { '@portolan/ports': 'workspace:^' } },
    'the peer range of @portolan/ports must be plain, and is "workspace:^"',
  ],
  [
    'ports as a dependency',
    { dependencies: { '@portolan/ports': 'workspace:^' } },
    '@portolan/ports must be a peer, not a dependency',
  ],
  ['missing peer', { peerDependencies: {} }, '@portolan/ports must be a peer'],
  [
    'kit range',
    { dependencies: { '@portolan/adapter-kit': 'workspace:*' } },
    '@portolan/adapter-kit must be "workspace:^"',
  ],
])('%s: a broken promise is a problem', (_, manifest, problem) => {
  const wrong = packageLike('@portolan/memory', manifest)
  expect(manifestProblems([wrong], everythingExists)).toEqual([`@portolan/memory: ${problem}`])
  expect(manifestProblems([packageLike('@portolan/memory')], everythingExists)).toEqual([])
})

test('an export without a file is a problem', () => {
  const problems = manifestProblems([packageLike('@portolan/memory')], (path) => !path.endsWith('index.js'))
  expect(problems).toEqual(['@portolan/memory: ./dist/index.js does not exist (after a build it must)'])
})

test('a package that has left a peer range is a problem', () => {
  const ports = packageLike('@portolan/ports', { version: '2.0.0' })
  expect(peerRangeProblems([ports, packageLike('@portolan/memory')], satisfies)).toEqual([
    '@portolan/memory wants @portolan/ports ^1.0.0, and the workspace has 2.0.0',
  ])
})

test('a release setting that rewrites peers is a problem', () => {
  const config = JSON.parse(readText('.changeset/config.json'))
  expect(releaseConfigProblems({ ...config, bumpVersionsWithWorkspaceProtocolOnly: false, linked: [['a']] })).toEqual([
    'linked must be [], and is [["a"]]',
    'bumpVersionsWithWorkspaceProtocolOnly must be true, and is false',
  ])
})
