import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { runCompiler } from './compiler.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A folder that holds the package as it would be installed: package.json and a fresh dist. */
    builtPackage: string
    /** A folder for users' projects, outside the workspace, so that nothing of it is found by accident. */
    projects: string
  }
}

const packageFolder = join(import.meta.dirname, '..', '..')

/** Builds the package as it is now, once for all tests: a dist of yesterday would prove nothing. */
export default async function buildPackage({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'portolan-ports-'))
  const [built, projects] = [join(folder, 'package'), join(folder, 'projects')]
  await mkdir(projects)
  await cp(join(packageFolder, 'package.json'), join(built, 'package.json'))
  const { output } = await runCompiler(packageFolder, ['-p', 'tsconfig.build.json', '--outDir', join(built, 'dist')])
  if (output !== '') throw new Error(`The package does not build:\n${output}`)
  provide('builtPackage', built)
  provide('projects', projects)
  return () => rm(folder, { recursive: true, force: true })
}
