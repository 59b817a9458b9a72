import type { RedisClient } from './client.ts'

/**
 * Whether the node that takes writes for a key is known and connected; of one server always true. A Cluster says 'ready' as long
 * as any node is: what is handed over for another one waits inside of it, and nobody could say that it was not sent.
 */
export function ownerIsReady(client: RedisClient, key: string): boolean {
  if (!client.slots || !client.nodes) return true
  const address = client.slots[slotOf(key)]?.[0]
  const owner = client.nodes('master').find(({ options }) => `${options?.host}:${options?.port}` === address)
  return owner?.status === 'ready'
}

const slots = 16_384
const known = new Map<string, number>()
const mostKnown = 1_000

/** By what stands between the first braces, where anything does. */
function slotOf(key: string): number {
  const open = key.indexOf('{')
  const close = key.indexOf('}', open + 1)
  const tag = open >= 0 && close > open + 1 ? key.slice(open + 1, close) : key
  const slot = known.get(tag) ?? crc16(Buffer.from(tag)) % slots
  if (known.size >= mostKnown) known.clear()
  known.set(tag, slot)
  return slot
}

/** CRC-16/XMODEM, as Redis counts slots. */
export function crc16(bytes: Uint8Array): number {
  let crc = 0
  for (const byte of bytes) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff
  }
  return crc
}
