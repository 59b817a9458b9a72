import { importsOf } from './imports.ts'
import type { SourceFile } from './workspace.ts'

export const longestFile = 350

export function lengthProblems(sources: readonly SourceFile[]): readonly string[] {
  return sources.flatMap(({ path, text }) => {
    const lines = text.trimEnd().split('\n').length
    return lines > longestFile ? [`${path} has ${lines} lines; is it about one subject?`] : []
  })
}

/** A name that says nothing gathers what belongs elsewhere. */
export function nameProblems(paths: readonly string[]): readonly string[] {
  return paths
    .filter((path) => /(^|[/.-])(utils?|helpers?|misc|commons?|shared)([/.-]|$)/i.test(path))
    .map((path) => `${path}: its name does not say what it holds`)
}

/** The core of the kit runs wherever AsyncLocalStorage does; what needs more of Node lives in its node entry. */
export function kitProblems(sources: readonly SourceFile[]): readonly string[] {
  const core = sources.filter(({ path }) => !/\/src\/node(\.ts|\/)/.test(path))
  return core.flatMap(({ path, text }) =>
    importsOf(text)
      .filter(({ specifier }) => specifier.startsWith('node:') && specifier !== 'node:async_hooks')
      .map(({ specifier }) => `${path} must not import ${specifier}`),
  )
}

/** Places that exist on one machine only. The names are put together here so that this file does not match itself. */
const machinePaths = new RegExp(`(?<![\\w.$)}\\]~-])/(${['work', 'root', 'tmp'].join('|')})(?=[/'"\`\\s)]|$)`, 'm')

export function machinePathProblems(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, index) => (machinePaths.test(line) ? [`${path}:${index + 1} names a place of one machine`] : [])),
  )
}
