import type { Manifest, Package } from '../src/workspace.ts'

/** A published package that keeps every rule; a test changes what it is about. */
export function packageLike(
  name: string,
  manifest: Partial<Manifest> = {},
  files: Record<string, string> = {},
): Package {
  const folder = name.startsWith('@portolan/') ? `packages/${name.slice('@portolan/'.length)}` : `apps/${name}`
  return {
    folder,
    manifest: {
      name,
      version: '1.0.0',
      license: 'MIT',
      type: 'module',
      sideEffects: false,
      engines: { node: '>=22.12' },
      exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
      files: ['dist', 'README.md', 'LICENSE'],
      ...(name === '@portolan/ports' ? {} : { peerDependencies: { '@portolan/ports': '^1.0.0' } }),
      ...manifest,
    },
    sources: Object.entries(files).map(([file, text]) => ({ path: `${folder}/src/${file}`, text })),
  }
}
