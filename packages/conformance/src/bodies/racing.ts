import type { Body } from '../process-bodies.ts'
import { Account, Task } from '../standard-entities.ts'

/** What racers in a second process do; each returns plain data. */
export const racingBodies: { readonly [name: string]: Body } = {
  'insert account': async ({ storage, input }) =>
    (await storage.repository(Account).insert({ email: String(input) })).id,
  'insertOrGet account': async ({ storage, input }) => {
    const { row, inserted } = await storage.repository(Account).insertOrGet('email', { email: String(input) })
    return { id: row.id, inserted }
  },
  'upsert account': async ({ storage, input }) => {
    const values = { email: String(input), balance: 1 }
    return (await storage.repository(Account).upsert('email', values, { balance: { increment: 1 } })).row.balance
  },
  'increment account': async ({ storage, input }) =>
    (await storage.repository(Account).update(String(input), { balance: { increment: 1 } }))?.balance,
  'rename account at version 1': async ({ storage, input }) =>
    (await storage.repository(Account).update(String(input), { name: 'elsewhere' }, { version: 1 }))?.version,
  'delete account': async ({ storage, input }) => (await storage.repository(Account).delete(String(input)))?.id ?? null,
  'claim tasks': async ({ storage, input }) => {
    const claimed = await storage.repository(Task).claim({
      where: { queue: String(input), state: 'waiting' },
      orderBy: { priority: 'asc' },
      limit: 5,
      patch: { state: 'taken', worker: 'elsewhere' },
    })
    return claimed.map(({ id }) => id)
  },
  hold: async ({ input, pause }) => {
    await pause(String(input))
    return input
  },
}
