import { setTimeout as wait } from 'node:timers/promises'
import { MongoClient } from 'mongodb'

/** Does something over a client of its own that gives up soon. */
export async function withMongodb<T>(url: string, work: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 2_000, connectTimeoutMS: 2_000 })
  try {
    await client.connect()
    return await work(client)
  } finally {
    await client.close()
  }
}

/** '6.0.5' */
export const mongodbVersionAt = (url: string): Promise<string> =>
  withMongodb(url, async (client) => String((await client.db('admin').command({ buildInfo: 1 })).version))

/** Rejects unless the node stands by itself, new, or takes part in its replica set. */
export const pingNode = (url: string): Promise<void> =>
  withMongodb(url, async (client) => {
    const hello = await client.db('admin').command({ hello: 1 })
    if (!hello.isreplicaset && !hello.isWritablePrimary && !hello.secondary) throw new Error('it is starting')
  })

/** Resolves when the nodes have a primary and every one of them follows it. */
export async function untilMembersAgree(url: string, longestMs: number): Promise<void> {
  const deadline = Date.now() + longestMs
  for (;;) {
    const agree = await withMongodb(url, async (client) => {
      const { members } = await client.db('admin').command({ replSetGetStatus: 1 })
      const states = (members as readonly { stateStr: string }[]).map(({ stateStr }) => stateStr)
      return states.includes('PRIMARY') && states.every((state) => state === 'PRIMARY' || state === 'SECONDARY')
    }).catch(() => false)
    if (agree) return
    if (Date.now() > deadline) throw new Error(`the members did not agree on a primary within ${longestMs / 1000} s`)
    await wait(50)
  }
}
