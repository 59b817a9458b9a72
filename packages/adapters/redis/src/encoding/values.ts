import type { Scalar, StoredField } from '@portolan/adapter-kit'

/**
 * A value as it is stored: text whose bytes sort as the values do (text by code point, numbers by size, false before true), or
 * false for null, which sorts before all. Lua compares, stores and concatenates it without knowing what it stands for.
 */
export type StoredText = string | false

type Kind = StoredField['kind']

/** Moves negative integers to where sixteen digits sort them; exact, since no safe integer lies further from 0. */
const shift = 2 ** 53

export function encodeValue(kind: Kind, value: Scalar): StoredText {
  if (value === null) return false
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (typeof value === 'string') return value
  return kind === 'float' ? encodeFloat(value) : encodeInteger(value)
}

/** What is no text of this kind was written by others: it comes back as it is, and the kit refuses it. */
export function decodeValue(kind: Kind, stored: string | null): Scalar {
  if (stored === null) return null
  if (kind === 'boolean') return stored === '1' ? true : stored === '0' ? false : stored
  if (kind === 'integer') return decodeInteger(stored) ?? stored
  if (kind === 'float') return decodeFloat(stored) ?? stored
  return stored
}

function encodeInteger(value: number): string {
  return value < 0 ? `0${digits(value + shift)}` : `1${digits(value)}`
}

function digits(value: number): string {
  return String(value).padStart(16, '0')
}

function decodeInteger(stored: string): number | null {
  if (!/^[01]\d{16}$/.test(stored)) return null
  const value = Number(stored.slice(1)) - (stored.startsWith('0') ? shift : 0)
  return Number.isSafeInteger(value) ? value : null
}

const bits = new DataView(new ArrayBuffer(8))
const sign = 1n << 63n
const everyBit = (1n << 64n) - 1n

/** The bits of a double sort as numbers do once the sign is turned, and for negative ones all the others as well. */
function encodeFloat(value: number): string {
  bits.setFloat64(0, value)
  const plain = bits.getBigUint64(0)
  const turned = plain & sign ? plain ^ everyBit : plain ^ sign
  return turned.toString(16).padStart(16, '0')
}

function decodeFloat(stored: string): number | null {
  if (!/^[0-9a-f]{16}$/.test(stored)) return null
  const turned = BigInt(`0x${stored}`)
  bits.setBigUint64(0, turned & sign ? turned ^ sign : turned ^ everyBit)
  const value = bits.getFloat64(0)
  return Number.isFinite(value) ? value : null
}
