import { importsOf, packageOf } from './imports.ts'
import type { Package } from './workspace.ts'

const adapters = ['memory', 'mongodb', 'firestore', 'redis']
const sqlAdapters = ['kysely', 'prisma', 'typeorm']
const onPorts = ['idempotency', 'outbox-relay', 'key-value']

/** Which packages of this workspace a package may stand on; undefined where no rule has been written yet. */
export function allowedFor({ folder, manifest }: Package): readonly string[] | 'everything' | undefined {
  if (folder.startsWith('apps/') || folder.startsWith('tooling/')) return 'everything'
  if (folder.startsWith('packages/bindings/')) return scoped('ports', ...onPorts)
  const name = manifest.name.replace('@portolan/', '')
  if (name === 'ports') return []
  if (name === 'adapter-kit' || onPorts.includes(name)) return scoped('ports')
  if (name === 'sql-kit' || name === 'conformance' || adapters.includes(name)) return scoped('ports', 'adapter-kit')
  if (sqlAdapters.includes(name)) return scoped('ports', 'adapter-kit', 'sql-kit')
  return undefined
}

const scoped = (...names: string[]) => names.map((name) => `@portolan/${name}`)

/** Imports and dependencies that point the wrong way, or that a package does not declare. */
export function directionProblems(packages: readonly Package[]): readonly string[] {
  const workspace = new Set(packages.map(({ manifest }) => manifest.name))
  return packages.flatMap((one) => {
    const { manifest, sources } = one
    const allowed = allowedFor(one)
    if (!allowed) return [`${manifest.name}: no rule says what it may import; write one`]
    const may = (name: string) => allowed === 'everything' || !workspace.has(name) || allowed.includes(name)
    const declared = new Set(Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }))
    const problems = [...declared]
      .filter((name) => !may(name))
      .map((name) => `${manifest.name} must not depend on ${name}`)
    for (const { path, text } of sources) {
      for (const { specifier, typeOnly } of importsOf(text)) {
        const name = packageOf(specifier)
        if (name === undefined || name === manifest.name) continue
        if (!may(name)) problems.push(`${path} must not import ${specifier}`)
        else if (!declared.has(name) && manifest.private !== true)
          problems.push(`${path} imports ${name}, which ${manifest.name} does not declare`)
        else if (isDriverTypes(manifest.name, name) && !typeOnly)
          problems.push(`${path} may import only types from ${name}`)
      }
    }
    return problems
  })
}

/** The conformance cases know the driver's shape, not the kit that stands on it. */
const isDriverTypes = (from: string, to: string) => from === '@portolan/conformance' && to === '@portolan/adapter-kit'

/** Cycles over every kind of dependency: a build pipeline cannot order them. */
export function cycleProblems(packages: readonly Package[]): readonly string[] {
  const byName = new Map(packages.map(({ manifest }) => [manifest.name, manifest]))
  const done = new Set<string>()
  const problems: string[] = []
  const visit = (name: string, trail: readonly string[]) => {
    if (trail.includes(name)) problems.push(`cycle: ${[...trail.slice(trail.indexOf(name)), name].join(' -> ')}`)
    if (trail.includes(name) || done.has(name)) return
    const manifest = byName.get(name)
    const next = { ...manifest?.dependencies, ...manifest?.devDependencies, ...manifest?.peerDependencies }
    for (const dependency of Object.keys(next)) if (byName.has(dependency)) visit(dependency, [...trail, name])
    done.add(name)
  }
  for (const name of byName.keys()) visit(name, [])
  return problems
}
