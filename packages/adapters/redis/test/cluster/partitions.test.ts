import type { Storage } from '@portolan/ports'
import { inFullRuns, type NetworkServer, redisCluster } from '@portolan-tooling/test-servers'
import { serverForTests } from '@portolan-tooling/test-servers/vitest'
import type { Cluster } from 'ioredis'
import { expect, test } from 'vitest'
import type { RedisClient } from '../../src/client.ts'
import { redisStorage } from '../../src/index.ts'
import { keyspace } from '../../src/keys.ts'
import { entities, Stay } from '../race/entities.ts'
import { verdict } from '../race/verdict.ts'
import { prepareRace, startRace } from '../race/workload.ts'
import { cluster } from '../targets/target.ts'
import { type Nodes, nodesOf } from './nodes.ts'

let nodes: Nodes
let client: Cluster
let prefix = ''
serverForTests<NetworkServer>(
  () => inFullRuns(redisCluster)(),
  async ({ createPlace, removePlace }) => {
    const place = await createPlace()
    nodes = nodesOf(place)
    const connected = await cluster.connect(place)
    client = connected.client as Cluster
    prefix = connected.prefix ?? ''
    return async () => {
      client.disconnect()
      nodes.disconnect()
      await removePlace(place)
    }
  },
)

const openPartition = (partition: string): Storage =>
  redisStorage(client as RedisClient, { entities, prefix, partition })

/** A partition for each node, by the slots that their names have. */
async function partitionsByNode(): Promise<string[]> {
  const found: string[] = []
  for (let number = 0; found.filter(Boolean).length < nodes.all.length; number++) {
    const partition = `tenant ${number}`
    const owner = await nodes.ownerOf(await nodes.slotOf(keyspace(prefix, partition).tag))
    found[owner] ??= partition
  }
  return found
}

test('partitions are on all nodes, each of them whole on one', async () => {
  const partitions = await partitionsByNode()
  const storages = partitions.map(openPartition)
  await Promise.all(storages.map((storage) => prepareRace(storage)))
  const races = storages.map((storage) => startRace([storage]))
  await Promise.all(races.map((race) => race.further(10, 500)))
  const ledgers = await Promise.all(races.map((race) => race.stop()))
  for (const [number, ledger] of ledgers.entries()) {
    await verdict(storages[number] as Storage, ledger)
  }
  for (const [number, partition] of partitions.entries()) {
    const { tag } = keyspace(prefix, partition)
    const slot = await nodes.slotOf(tag)
    const [here, elsewhere] = [[] as string[], [] as string[]]
    for (const [owner, node] of nodes.all.entries())
      (owner === number ? here : elsewhere).push(...(await node.keys(`*${tag}*`)))
    expect(here.length).toBeGreaterThan(20)
    expect(elsewhere).toEqual([])
    expect(await (nodes.all[number] as (typeof nodes.all)[number]).call('CLUSTER', 'COUNTKEYSINSLOT', slot)).toBe(
      here.length,
    )
  }
})

test('no row, key, rule or clear of one partition is seen by another one', async () => {
  const [one, other] = (await partitionsByNode()).map(openPartition) as [Storage, Storage]
  const slot = { room: 'same', from: '2027-01-01T10:00:00.000Z', till: '2027-01-01T11:00:00.000Z' }
  await one.repository(Stay).insert({ id: 'same', ...slot })
  await other.repository(Stay).insert({ id: 'same', ...slot })
  await one.repository(Stay).deleteMany({ where: { room: 'same' } })
  expect((await other.repository(Stay).get('same'))?.id).toBe('same')
  await one.keyValue('space').set('key', 'one')
  await other.keyValue('space').clear()
  expect(await one.keyValue('space').get('key')).toBe('one')
})
