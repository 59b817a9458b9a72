export interface Import {
  readonly specifier: string
  readonly typeOnly: boolean
}

const comments = /\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm
const statements = /^[ \t]*(?:import|export)\s+(type\s)?[^'"`;]*?from\s*['"]([^'"]+)['"]/gm
const bareStatements = /^[ \t]*import\s*['"]([^'"]+)['"]/gm
const calls = /\bimport\(\s*['"]([^'"]+)['"]/g

/** The modules that a TypeScript file names, whichever form it uses. */
export function importsOf(text: string): readonly Import[] {
  const code = text.replace(comments, '')
  return [
    ...[...code.matchAll(statements)].map(([, type, specifier = '']) => ({ specifier, typeOnly: type !== undefined })),
    ...[...code.matchAll(bareStatements)].map(([, specifier = '']) => ({ specifier, typeOnly: false })),
    ...[...code.matchAll(calls)].map(([, specifier = '']) => ({ specifier, typeOnly: false })),
  ]
}

/** The package behind a specifier; undefined for a relative path or a module of Node. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return undefined
  const [first = '', second = ''] = specifier.split('/')
  return first.startsWith('@') ? `${first}/${second}` : first
}
