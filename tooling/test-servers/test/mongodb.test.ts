import { MongoClient } from 'mongodb'
import { describe, expect, test } from 'vitest'
import { mongodb, mongodbReplicaSet } from '../src/index.ts'
import { wanted } from './wanted.ts'

async function connected<T>(url: string, work: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(url)
  try {
    return await work(await client.connect())
  } finally {
    await client.close()
  }
}

const values = (url: string) =>
  connected(url, async (client) => (await client.db().collection('t').find().toArray()).map(({ x }) => x))

describe.for([
  { kind: 'mongodb', find: mongodb, members: 1, variable: 'PORTOLAN_MONGODB_URL' },
  { kind: 'mongodbReplicaSet', find: mongodbReplicaSet, members: 3, variable: 'PORTOLAN_MONGODB_REPLICA_SET_URL' },
] as const)('MongoDB, $members of a set', ({ kind, find, members, variable }) => {
  const server = wanted(kind, find)

  test('answers: a place is a database with an owner, and has transactions', async (context) => {
    const shared = await server.shared(context)
    expect(shared.version).toMatch(/^MongoDB \d+\.\d+/)
    expect(shared.nodes).toHaveLength(members)
    expect(process.env[variable]).toContain(`:${shared.address.port}`)
    const place = await shared.createPlace()
    await connected(place, async (client) => {
      await client.withSession((session) =>
        session.withTransaction(() => client.db().collection('t').insertOne({ x: 7 }, { session })),
      )
    })
    expect(await values(place)).toEqual([7])
    expect(await values(shared.adminUrl(place))).toEqual([7])
    await expect(values(place.replace(/:secret[0-9a-f]+@/, ':wrong@'))).rejects.toThrow(/Authentication failed/)
    await shared.removePlace(place)
    await expect(values(place)).rejects.toThrow(/Authentication failed/)
  })

  test('one that we start lets nobody in without a password, nor to the place of another', async (context) => {
    const own = await server.own(context)
    const [place, foreign] = [await own.createPlace(), await own.createPlace()]
    await expect(values(place.replace(/\/\/[^@]*@/, '//'))).rejects.toThrow(/requires authentication/)
    const name = new URL(place.replace(/@[^/]*/, '@host')).pathname.slice(1)
    await expect(connected(foreign, (client) => client.db(name).collection('t').findOne())).rejects.toThrow(
      /not authorized/,
    )
  })

  test('the own one stops at once and comes back with its data on its port', async (context) => {
    const own = await server.own(context)
    const place = await own.createPlace()
    await connected(place, (client) =>
      client
        .db()
        .collection('t')
        .insertOne({ x: 7 }, { writeConcern: { w: 'majority' } }),
    )
    await own.halt()
    await expect(values(`${place}&serverSelectionTimeoutMS=300`)).rejects.toThrow(/ECONNREFUSED/)
    await own.resume()
    expect(await values(place)).toEqual([7])
    expect(await own.log()).toContain('Waiting for connections')
  })

  test('a failure of the server can be arranged by its administrator', async (context) => {
    const own = await server.own(context)
    const place = await own.createPlace()
    await connected(own.adminUrl(), (client) =>
      client.db('admin').command({
        configureFailPoint: 'failCommand',
        mode: { times: 1 },
        data: { errorCode: 9001, failCommands: ['insert'] },
      }),
    )
    const insert = connected(place.concat('&retryWrites=false'), (client) => client.db().collection('t').insertOne({}))
    await expect(insert).rejects.toThrow(/failCommand/)
  })
})

const three = wanted('mongodbReplicaSet', mongodbReplicaSet)

test('another member takes over from a primary that is halted', async (context) => {
  const own = await three.own(context)
  const place = await own.createPlace()
  const primary = await connected(own.adminUrl(), (client) => client.db('admin').command({ hello: 1 }))
  const node = own.nodes.findIndex(({ host, port }) => `${host}:${port}` === primary.primary)
  await own.halt(node)
  await connected(place, async (client) => {
    await client
      .db()
      .collection('t')
      .insertOne({ x: 8 }, { writeConcern: { w: 'majority' } })
    expect((await client.db('admin').command({ hello: 1 })).primary).not.toBe(primary.primary)
  })
  await own.resume(node)
  expect(await values(place)).toEqual([8])
})
