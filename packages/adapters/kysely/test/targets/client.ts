import { readFile } from 'node:fs/promises'
import { createStorage } from '@portolan/adapter-kit'
import type { Client, OpenOptions } from '@portolan/conformance'
import type { Storage } from '@portolan/ports'
import type { Kysely } from 'kysely'
import { type KyselyOptions, kyselyDriver } from '../../src/index.ts'

export type Columns = Record<string, Record<string, unknown>>
export type AnyDatabase = Kysely<Columns>

/** A client of conformance's on a Kysely instance; `close` is what ends the instance, if it is this client's own. */
export function clientOn(
  db: AnyDatabase,
  { wrapDriver, ...options }: OpenOptions,
  more: Partial<KyselyOptions>,
  close: () => Promise<void>,
): Client {
  const all = { ...options, ...more } as KyselyOptions
  const driver = kyselyDriver(db, all) as never
  const storage = createStorage(wrapDriver ? wrapDriver(driver) : driver, all) as Storage<unknown>
  return {
    storage,
    transact: (work) => db.transaction().execute((native) => work(native)),
    close: async () => {
      await storage.close()
      await close()
    },
  }
}

/** The version of an installed package, whether or not its exports show its manifest. */
export async function versionOf(name: string): Promise<string> {
  const entry = import.meta.resolve(name)
  const root = entry.slice(0, entry.lastIndexOf(`/node_modules/${name}/`) + `/node_modules/${name}/`.length)
  const { version } = JSON.parse(await readFile(new URL('package.json', root), 'utf8')) as { version: string }
  return `${name} ${version}`
}
