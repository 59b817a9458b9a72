import { randomUUID } from 'node:crypto'
import { modelOf } from '@portolan/adapter-kit'
import type { AnyEntity, Transaction } from '@portolan/ports'
import type { PoolClient } from 'pg'
import type { Naive } from './naive.ts'
import { columnsText, values, valuesText } from './plain-sql.ts'
import { inTransaction } from './transaction.ts'

/** A repository by hand, with what the case calls of it. */
function repositoryOn(client: PoolClient, entity: AnyEntity, scope: object = {}) {
  const { name, own } = modelOf(entity)
  return {
    async insert(fields: object) {
      const defaults = [...own].map(([field, { default: value, kind }]) => [
        field,
        value === undefined ? null : kind === 'json' ? JSON.stringify(value) : value,
      ])
      const version = entity.versioned ? { version: 1 } : {}
      const row = { id: randomUUID(), ...Object.fromEntries(defaults), ...version, ...scope, ...fields }
      const given = values()
      await client.query(`insert into "${name}" (${columnsText(row)}) values (${valuesText(row, given)})`, given.list)
      return row
    },
  }
}

/**
 * Seen in every hand-written `withTransaction`, and Prisma's and TypeORM's have it too. When the work catches the error of a
 * statement and goes on, Postgres has given the transaction up: COMMIT then answers ROLLBACK, which is no error, and success is
 * reported for what was never stored.
 */
export const commitNotLookedAt: Naive = {
  name: 'commit-not-looked-at',
  wrong: 'reports success where the work swallowed a failed statement and COMMIT answered ROLLBACK',
  caught: [
    {
      id: 'T4.failed-statement-dooms',
      says: /expected a refusal as transaction-doomed, but the call resolved with "all is well"/,
    },
  ],
  storage: (storage, pool) => ({
    ...storage,
    transaction: (work) =>
      inTransaction(pool, (client) => {
        const repository = (entity: AnyEntity, scope?: object) => repositoryOn(client, entity, scope)
        return work({ repository } as unknown as Transaction<unknown>)
      }),
  }),
}
