import type { Naive } from './naive.ts'

/**
 * Seen in most outbox and job tables: the worker is done, so the row is. A worker that outlived its lease takes the message away
 * from the one who has it now, and tells its caller that all is well; with the claim's token in the WHERE it would hear that it
 * is late.
 */
export const acknowledgeWithoutToken: Naive = {
  name: 'acknowledge-without-token',
  wrong: 'marks messages as delivered by id, whoever holds their lease',
  caught: [{ id: 'O3.an-old-token-has-lost', says: /an acknowledgement with the old token: expected/ }],
  storage: (storage, pool) => ({
    ...storage,
    outbox: (topic) => ({
      ...storage.outbox(topic),
      async acknowledge(leases) {
        const ids = leases.map(({ id }) => id)
        const { rows } = await pool.query(
          `update portolan_outbox_message set state = 'delivered', "deliveredAt" = now(), "leasedUntil" = null
          where id = any($1) and state = 'pending' returning id`,
          [ids],
        )
        const delivered = new Set(rows.map(({ id }) => id))
        return {
          succeeded: ids.filter((id) => delivered.has(id)),
          leaseLost: ids.filter((id) => !delivered.has(id)),
        }
      },
    }),
  }),
}
