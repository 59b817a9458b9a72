import type { Manifest, Package } from './workspace.ts'
import { isPublished } from './workspace.ts'

const databaseClients = [
  ...['kysely', 'prisma', '@prisma/client', 'typeorm', 'knex', 'drizzle-orm', 'sequelize', 'mikro-orm', 'mongoose'],
  ...['better-sqlite3', 'sqlite3', 'libsql', '@libsql/client', 'sql.js', 'pg', 'postgres', '@electric-sql/pglite'],
  ...['mysql', 'mysql2', 'mariadb', 'mongodb', 'firebase-admin', '@google-cloud/firestore', 'ioredis', 'redis'],
]

/** A database client belongs to the user: a published package may name it as a peer or for its own tests, nothing else. */
export function clientProblems(packages: readonly Package[]): readonly string[] {
  return packages.filter(isPublished).flatMap(({ manifest }) => {
    const shipped = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })
    return shipped
      .filter((name) => databaseClients.includes(name) || name.startsWith('@prisma/adapter-'))
      .map((name) => `${manifest.name} ships the database client ${name}; it must be a peer dependency`)
  })
}

/** What every published manifest promises. `exists` answers for a path from the root of the repository. */
export function manifestProblems(packages: readonly Package[], exists: (path: string) => boolean): readonly string[] {
  return packages.filter(isPublished).flatMap(({ folder, manifest }) => {
    const problems = [
      manifest.type === 'module' ? [] : ['type must be "module"'],
      manifest.sideEffects === false ? [] : ['sideEffects must be false'],
      manifest.license === 'MIT' ? [] : ['license must be "MIT"'],
      manifest.engines?.node === '>=22.12' ? [] : ['engines.node must be ">=22.12"'],
      ['dist', 'README.md', 'LICENSE']
        .filter((file) => !manifest.files?.includes(file))
        .map((file) => `files must list ${file}`),
      ['README.md', 'LICENSE'].filter((file) => !exists(`${folder}/${file}`)).map((file) => `${file} does not exist`),
      exportProblems(manifest, (file) => exists(`${folder}/${file.replace(/^\.\//, '')}`)),
      peerProblems(manifest),
    ]
    return problems.flat().map((problem) => `${manifest.name}: ${problem}`)
  })
}

function exportProblems(manifest: Manifest, exists: (file: string) => boolean): readonly string[] {
  const entries = Object.entries(manifest.exports ?? {})
  const untyped = entries
    .filter(([, entry]) => typeof entry !== 'string' && Object.keys(entry)[0] !== 'types')
    .map(([name]) => `exports["${name}"] must begin with types`)
  const targets = entries.flatMap(([, entry]) => (typeof entry === 'string' ? [entry] : Object.values(entry)))
  const missing = [...targets, ...Object.values(manifest.bin ?? {})]
    .filter((file) => !exists(file))
    .map((file) => `${file} does not exist (after a build it must)`)
  return [...(entries.length === 0 ? ['exports are missing'] : []), ...untyped, ...missing]
}

function peerProblems({
  name,
  peerDependencies = {},
  dependencies = {},
  devDependencies = {},
}: Manifest): readonly string[] {
  const problems: string[] = []
  for (const [peer, range] of Object.entries(peerDependencies)) {
    if (/[a-z]+:/.test(range)) problems.push(`the peer range of ${peer} must be plain, and is "${range}"`)
  }
  if ('@portolan/ports' in dependencies) problems.push('@portolan/ports must be a peer, not a dependency')
  if (name !== '@portolan/ports' && !('@portolan/ports' in peerDependencies))
    problems.push('@portolan/ports must be a peer')
  for (const [dependency, range] of Object.entries(dependencies)) {
    if (dependency.startsWith('@portolan/') && range !== 'workspace:^')
      problems.push(`${dependency} must be "workspace:^"`)
  }
  for (const [dependency, range] of Object.entries(devDependencies)) {
    if (dependency.startsWith('@portolan/') && range !== 'workspace:*')
      problems.push(`${dependency} must be "workspace:*" for development`)
  }
  return problems
}

/** pnpm stays silent when a package of the workspace leaves the range that a neighbour's peer names. */
export function peerRangeProblems(
  packages: readonly Package[],
  satisfies: (version: string, range: string) => boolean,
): readonly string[] {
  const versions = new Map(packages.map(({ manifest }) => [manifest.name, manifest.version]))
  return packages.filter(isPublished).flatMap(({ manifest }) =>
    Object.entries(manifest.peerDependencies ?? {}).flatMap(([peer, range]) => {
      const version = versions.get(peer)
      return version === undefined || satisfies(version, range)
        ? []
        : [`${manifest.name} wants ${peer} ${range}, and the workspace has ${version}`]
    }),
  )
}
