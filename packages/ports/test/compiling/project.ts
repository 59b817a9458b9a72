import { cp, mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { inject } from 'vitest'

/** What users have who are strict. Many do not have exactOptionalPropertyTypes: tests turn it off where it matters. */
export const strictOptions = {
  target: 'es2023',
  lib: ['es2023'],
  module: 'nodenext',
  types: [],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  allowImportingTsExtensions: true,
  skipLibCheck: false,
  noEmit: true,
}

export interface ProjectContent {
  /** By name in node_modules, the folder of a built package. */
  readonly packages: Readonly<Record<string, string>>
  /** Text by path. */
  readonly files: Readonly<Record<string, string>>
  readonly options?: Readonly<Record<string, unknown>>
}

/** A project of a user's, gone when the tests are over. */
export async function createProject({ packages, files, options }: ProjectContent): Promise<string> {
  const folder = await mkdtemp(join(inject('projects'), 'project-'))
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  for (const [name, source] of Object.entries(packages)) {
    await cp(source, join(folder, 'node_modules', name), { recursive: true })
  }
  await write('package.json', JSON.stringify({ type: 'module' }))
  await write('tsconfig.json', JSON.stringify({ compilerOptions: { ...strictOptions, ...options }, include: ['*.ts'] }))
  for (const [path, text] of Object.entries(files)) await write(path, text)
  return folder
}
