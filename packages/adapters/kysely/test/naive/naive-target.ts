import type { Target } from '@portolan/conformance'
import { Kysely, PostgresDialect } from 'kysely'
import { type Columns, clientOn } from '../targets/client.ts'
import { poolOf } from '../targets/postgres.ts'
import type { Naive } from './naive.ts'

/** The target with one part written by hand, which sends its SQL through the pool of the same client. */
export function naiveTarget(target: Target, { name, without = [], driver, storage, module }: Naive): Target {
  return {
    ...target,
    name: `${target.name} ${name}`,
    async open(place, options) {
      const pool = poolOf(place, options)
      const wrapDriver: typeof options.wrapDriver = (sound) => {
        const replaced = driver ? driver(sound, pool) : sound
        const apply: typeof sound.schema.apply = async (entities, context) => {
          await sound.schema.apply(entities, context)
          for (const statement of without) await pool.query(statement)
        }
        const whole = { ...replaced, schema: { ...sound.schema, apply } }
        return options.wrapDriver ? options.wrapDriver(whole) : whole
      }
      const db = new Kysely<Columns>({ dialect: new PostgresDialect({ pool }) })
      const client = clientOn(db, { ...options, wrapDriver }, {}, async () => {
        await db.destroy()
        // Kysely knows nothing of a pool before its own first query.
        if (!pool.ending) await pool.end()
      })
      return storage ? { ...client, storage: storage(client.storage, pool) } : client
    },
    offers: module === undefined ? target.offers : { ...target.offers, processes: { module } },
  }
}
