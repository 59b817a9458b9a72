import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

export const root = join(import.meta.dirname, '..', '..', '..')

export interface Manifest {
  readonly name: string
  readonly version?: string
  readonly private?: boolean
  readonly license?: string
  readonly type?: string
  readonly sideEffects?: boolean
  readonly engines?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  readonly bin?: Readonly<Record<string, string>>
  readonly files?: readonly string[]
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

export interface SourceFile {
  /** From the root of the repository, with forward slashes. */
  readonly path: string
  readonly text: string
}

export interface Package {
  /** From the root of the repository, with forward slashes. */
  readonly folder: string
  readonly manifest: Manifest
  readonly sources: readonly SourceFile[]
}

/** Every package of the workspace with the files of its src folder. */
export function readWorkspace(): readonly Package[] {
  const patterns = ['packages/*', 'packages/adapters/*', 'packages/bindings/*', 'apps/*', 'tooling/*']
  const manifests = globSync(
    patterns.map((pattern) => `${pattern}/package.json`),
    { cwd: root },
  )
  return manifests.sort().map((file) => {
    const folder = dirname(file).replaceAll('\\', '/')
    const sources = globSync(`${folder}/src/**/*.ts`, { cwd: root }).sort()
    return { folder, manifest: JSON.parse(readText(file)) as Manifest, sources: sources.map(sourceFile) }
  })
}

export const isPublished = ({ manifest }: Package): boolean => manifest.private !== true

/** What is in version control, or would be once added. */
export function projectFiles(pattern = '*'): readonly string[] {
  const list = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z', '--', pattern], { cwd: root })
  return list
    .toString()
    .split('\0')
    .filter((path) => path !== '' && existsSync(join(root, path)))
}

export function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

export function sourceFile(path: string): SourceFile {
  return { path: relative('.', path).replaceAll('\\', '/'), text: readText(path) }
}
