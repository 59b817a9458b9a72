import { setTimeout as wait } from 'node:timers/promises'
import type { Storage } from '@portolan/ports'
import { inFullRuns, type OwnServer, redisCluster, redisClusterPlace } from '@portolan-tooling/test-servers'
import { serverForTests } from '@portolan-tooling/test-servers/vitest'
import { Cluster, type Redis } from 'ioredis'
import { Cluster as Cluster5 } from 'ioredis-5'
import { afterAll, expect, test } from 'vitest'
import type { RedisClient } from '../../src/client.ts'
import { redisStorage } from '../../src/index.ts'
import { entities, Stay } from '../race/entities.ts'
import { verdict } from '../race/verdict.ts'
import { prepareRace, rounds, startRace } from '../race/workload.ts'
import { type Network, type Nodes, networkBefore, nodesOf } from './nodes.ts'

let place = ''
let nodes: Nodes
const clients: { disconnect(): void }[] = []
serverForTests<OwnServer>(
  () => inFullRuns(redisCluster)({ own: true }),
  async (started) => {
    place = await started.createPlace()
    nodes = nodesOf(place)
    return async () => nodes.disconnect()
  },
)
afterAll(() => {
  for (const client of clients) client.disconnect()
})

/** Through the network, if there is one between client and nodes. */
function opened(prefix: string, network?: Network, Client: typeof Cluster | typeof Cluster5 = Cluster): Storage {
  const { nodes: startup, password } = redisClusterPlace(place)
  const options = {
    redisOptions: { ...(password !== undefined && { password }) },
    clusterRetryStrategy: (times: number) => Math.min(times * 20, 200),
    ...(network && { natMap: network.natMap }),
  }
  const client = Client === Cluster ? new Cluster([...startup], options) : new Cluster5([...startup], options)
  client.on('error', () => undefined)
  // As README.md has it: where a connection breaks, ioredis leaves nobody to hear of an ASKING that failed.
  client.on('+node', (node: Redis) => {
    const { asking } = node
    node.asking = (...given: []) => asking.apply(node, given).catch(() => 'OK' as const)
  })
  clients.push(client)
  return redisStorage(client as unknown as RedisClient, { entities, prefix })
}

/** Of the newest and of the oldest client. */
const pairOn = (prefix: string, network?: Network): readonly [Storage, Storage] => [
  opened(prefix, network),
  opened(prefix, network, Cluster5),
]

const told = async () => ({
  asked: await nodes.told('ASK'),
  moved: await nodes.told('MOVED'),
  between: await nodes.told('TRYAGAIN'),
})

test('a slot that moves from node to node in the midst of a race loses nothing and doubles nothing', {
  timeout: 300_000,
}, async () => {
  const storages = pairOn('moved')
  await prepareRace(storages[0])
  const slot = await nodes.slotOf('{moved}')
  const before = await told()
  const race = startRace(storages)
  for (let round = 0; round < rounds; round++) {
    await race.further(25, 300)
    await nodes.move(slot, ((await nodes.ownerOf(slot)) + 1) % nodes.all.length)
  }
  await race.further(25, 300)
  const ledger = await race.stop()
  // Moving a slot is no outage: whoever waits a little has his answer.
  expect([...ledger.codes.keys()].filter((code) => !['overlap', 'transaction-conflict'].includes(code))).toEqual([])
  const after = await told()
  for (const word of ['asked', 'moved', 'between'] as const)
    expect(after[word] - before[word], word).toBeGreaterThan(rounds)
  await verdict(opened('moved'), ledger)
})

test('connections that break while a slot moves, and answers that are lost, lose nothing and double nothing either', {
  timeout: 300_000,
}, async () => {
  const network = await networkBefore(place)
  const storages = pairOn('cut', network)
  await prepareRace(storages[0])
  const slot = await nodes.slotOf('{cut}')
  const race = startRace(storages)
  const losing = setInterval(() => network.loseAnswers(), 150)
  for (let round = 0; round < rounds; round++) {
    await race.further(25, 600)
    await nodes.move(slot, ((await nodes.ownerOf(slot)) + 1) % nodes.all.length)
  }
  clearInterval(losing)
  await race.further(25, 300)
  const ledger = await race.stop()
  const allowed = ['overlap', 'transaction-conflict', 'unavailable', 'commit-unknown']
  expect([...ledger.codes.keys()].filter((code) => !allowed.includes(code))).toEqual([])
  await verdict(opened('cut'), ledger)
  await network.close()
})

test('a call waits for a slot that is long on its way, until its deadline', async () => {
  const storage = opened('slow')
  await storage.schema.apply()
  const stays = storage.repository(Stay)
  const stay = (id: string) => ({ id, room: id, from: '2026-01-01T10:00:00.000Z', till: '2026-01-01T11:00:00.000Z' })
  await stays.insert(stay('first'))
  const slot = await nodes.slotOf('{slow}')
  const [from, to] = [await nodes.ownerOf(slot), ((await nodes.ownerOf(slot)) + 1) % nodes.all.length] as const
  await nodes.open(slot, from, to)
  const between = await nodes.told('TRYAGAIN')
  const calls = [
    stays.insert(stay('second')),
    storage.keyValue('space').set('key', 'value'),
    stays.get('first'),
  ] as const
  await wait(3_000)
  await nodes.carry(slot, from, to)
  await nodes.close(slot, to)
  const [second, revision, first] = await Promise.all(calls)
  expect([second.id, first?.id]).toEqual(['second', 'first'])
  expect(await storage.keyValue('space').getEntry('key')).toMatchObject({ value: 'value', revision })
  expect((await nodes.told('TRYAGAIN')) - between).toBeGreaterThan(20)
})
