import type { OpenOptions, Target } from '@portolan/conformance'
import { Kysely, PostgresDialect } from 'kysely'
import { Pool } from 'pg'
import { type Columns, clientOn } from '../targets/client.ts'
import type { Naive } from './naive.ts'

/** Clients with one part written by hand, which sends its SQL through the pool that all the rest goes through as well. */
export function openNaive({ without = [], driver, storage }: Naive): Target['open'] {
  return async (place, options) => {
    const searchPath = new URL(place).searchParams.get('schema')
    const pool = new Pool({ connectionString: place, options: `-c search_path=${searchPath}`, max: 20 })
    const wrapDriver: OpenOptions['wrapDriver'] = (sound) => {
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
  }
}

export function naiveTarget(target: Target, naive: Naive): Target {
  const { name, module } = naive
  return {
    ...target,
    name: `${target.name} ${name}`,
    open: openNaive(naive),
    offers: module === undefined ? target.offers : { ...target.offers, processes: { module } },
  }
}
