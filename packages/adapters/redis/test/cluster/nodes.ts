import { setTimeout as wait } from 'node:timers/promises'
import { type FaultProxy, startProxy } from '@portolan/conformance'
import { type Address, redisClusterPlace } from '@portolan-tooling/test-servers'
import { Redis } from 'ioredis'

/** The nodes of a cluster, each by a connection of its own, as somebody who administers it has them. */
export interface Nodes {
  readonly all: readonly Redis[]
  slotOf(key: string): Promise<number>
  /** The number of the node that keeps this slot. */
  ownerOf(slot: number): Promise<number>
  /** Puts a slot between two nodes: whatever is there stays, whatever is not there is asked for at the other one. */
  open(slot: number, from: number, to: number): Promise<void>
  /** Moves what keys the slot has, a few at a time. */
  carry(slot: number, from: number, to: number, pauseMs?: number): Promise<void>
  /** The other node has the slot from now on, and everybody knows. */
  close(slot: number, to: number): Promise<void>
  /** All of that, so that each state lasts a while. */
  move(slot: number, to: number): Promise<void>
  /** How often an answer of this kind was given by any node. */
  told(word: 'ASK' | 'MOVED' | 'TRYAGAIN'): Promise<number>
  disconnect(): void
}

/** A network between clients and all nodes, that can be cut. */
export interface Network {
  readonly natMap: Readonly<Record<string, Address>>
  /** Breaks the next connection to each node on which somebody asks: what he asks for is done, and the answer is lost. */
  loseAnswers(): void
  close(): Promise<void>
}

export async function networkBefore(place: string): Promise<Network> {
  const { nodes } = redisClusterPlace(place)
  const proxies = await Promise.all(nodes.map((node) => startProxy(node)))
  const natMap = Object.fromEntries(
    nodes.map(({ host, port }, number) => [`${host}:${port}`, addressOf(proxies[number] as FaultProxy)]),
  )
  return {
    natMap,
    loseAnswers() {
      for (const proxy of proxies) proxy.failAt(1, 'cut-answer')
    },
    close: async () => void (await Promise.all(proxies.map((proxy) => proxy.close()))),
  }
}

const addressOf = ({ host, port }: FaultProxy): Address => ({ host, port })

export function nodesOf(place: string): Nodes {
  const { nodes, password } = redisClusterPlace(place)
  const all = nodes.map((node) => new Redis({ ...node, ...(password !== undefined && { password }) }))
  const at = (number: number): Redis => all[number] as Redis
  const ids = Promise.all(all.map(async (node) => String(await node.call('CLUSTER', 'MYID'))))
  const setSlot = async (number: number, slot: number, ...how: string[]) =>
    at(number).call('CLUSTER', 'SETSLOT', slot, ...how)
  const ownerOf = async (slot: number): Promise<number> => {
    const shares = (await at(0).call('CLUSTER', 'SLOTS')) as [number, number, [string, number, string]][]
    const owner = shares.find(([from, to]) => from <= slot && slot <= to)?.[2][2] ?? ''
    return (await ids).indexOf(owner)
  }
  const open = async (slot: number, from: number, to: number): Promise<void> => {
    const names = await ids
    await setSlot(to, slot, 'IMPORTING', names[from] ?? '')
    await setSlot(from, slot, 'MIGRATING', names[to] ?? '')
  }
  const carry = async (slot: number, from: number, to: number, pauseMs = 0): Promise<void> => {
    const { host, port } = nodes[to] as Address
    const auth = password === undefined ? [] : ['AUTH', password]
    for (;;) {
      const keys = (await at(from).call('CLUSTER', 'GETKEYSINSLOT', slot, 50)) as string[]
      if (keys.length === 0) return
      await at(from).call('MIGRATE', host, port, '', 0, 5_000, ...auth, 'KEYS', ...keys)
      if (pauseMs > 0) await wait(pauseMs)
    }
  }
  const close = async (slot: number, to: number): Promise<void> => {
    const name = (await ids)[to] ?? ''
    await setSlot(to, slot, 'NODE', name)
    for (const number of all.keys()) if (number !== to) await setSlot(number, slot, 'NODE', name)
  }
  return {
    all,
    slotOf: async (key) => Number(await at(0).call('CLUSTER', 'KEYSLOT', key)),
    ownerOf,
    open,
    carry,
    close,
    async move(slot, to) {
      const from = await ownerOf(slot)
      await open(slot, from, to)
      await wait(50)
      await carry(slot, from, to, 5)
      await wait(50)
      await close(slot, to)
    },
    async told(word) {
      const counts = await Promise.all(
        all.map(async (node) => new RegExp(`errorstat_${word}:count=(\\d+)`).exec(await node.info('errorstats'))?.[1]),
      )
      return counts.reduce((sum, count) => sum + Number(count ?? 0), 0)
    },
    disconnect() {
      for (const node of all) node.disconnect()
    },
  }
}
