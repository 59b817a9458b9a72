import { defineTarget, type Target } from '@portolan/conformance'
import { racing } from '@portolan-tooling/test-servers'
import { Kysely, type Dialect as KyselyDialect } from 'kysely'
import { type Columns, clientOn } from './client.ts'
import { files } from './files.ts'
import { dropTable, writeRawToFile } from './foreign.ts'

export interface SqliteFileTargetOptions {
  readonly name: string
  /** Of the target, for processes of their own. */
  readonly module: string
  readonly versions: Target['versions']
  readonly dialect: (file: string) => KyselyDialect
}

/** Every client is a connection of its own to one file, as in two processes. */
export function sqliteFileTarget({ name, module, versions, dialect }: SqliteFileTargetOptions): Target {
  return defineTarget({
    name,
    embedded: true,
    racing: racing(),
    versions,
    createPlace: async () => (await files()).createPlace(),
    removePlace: async (place) => (await files()).removePlace(place),
    async open(place, options) {
      const db = new Kysely<Columns>({ dialect: dialect(place) })
      return clientOn(db, options, {}, () => db.destroy())
    },
    offers: {
      processes: { module },
      foreignWrite: async (place, write) => writeRawToFile(place, write),
      dropEntity: async (place, entity) => dropTable(place, entity),
    },
  })
}
