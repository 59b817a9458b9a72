import { defineEntity, type EntityOf, type Json, json, type StandardSchema, text } from '../../src/index.ts'
import { storage } from '../example.ts'
import type { Equal, Expect } from './equal.ts'

/** An interface has no index signature, and may be recursive. */
interface Address {
  readonly street: string
  readonly lines: readonly string[]
  readonly before?: Address
}
type RoomId = string & { readonly '~id'?: 'room' }
type GuestId = string & { readonly '~id'?: 'guest' }

declare const Preferences: StandardSchema<{ quiet?: boolean }, { quiet: boolean }>
declare const Dated: StandardSchema<unknown, { since: Date }>

export const Guest = defineEntity({
  name: 'guest',
  fields: {
    room: text<RoomId>(),
    host: text<GuestId>().nullable(),
    address: json<Address>(),
    pair: json<[string, number]>(),
    anything: json(),
    preferences: json(Preferences).nullable(),
  },
  unique: { room: ['room'] },
})
type Guest = EntityOf<typeof Guest>

export type Fields = [
  Expect<Equal<Guest['room'], RoomId>>,
  Expect<Equal<Guest['host'], GuestId | null>>,
  Expect<Equal<Guest['address'], Address>>,
  Expect<Equal<Guest['pair'], [string, number]>>,
  Expect<Equal<Guest['anything'], Json>>,
  Expect<Equal<Guest['preferences'], { quiet: boolean } | null>>,
]

// @ts-expect-error a Date is not what comes back
json<{ since: Date }>()
// @ts-expect-error nor is a Map, however deep
json<{ inner: { map: Map<string, string> }[] }>()
// @ts-expect-error nor a function
json<{ run: () => void }>()
// @ts-expect-error nor a bigint
json<{ big: bigint }>()
// @ts-expect-error nor what a schema makes of it
json(Dated)
// @ts-expect-error a default is a value of the field
json<Address>().default({ street: 1 })
// @ts-expect-error nullable or a default: with both, leaving it out could mean either
text().nullable().default('x')
// @ts-expect-error and the other way round
text().default('x').nullable()

export async function brands(room: RoomId, guest: GuestId, plain: string): Promise<void> {
  const guests = storage.repository(Guest)
  await guests.getBy('room', { room })
  await guests.find({ where: { room: { in: [room] }, host: guest } })
  // Plain text may become any id, since ids come in as text; one kind of id never becomes another.
  await guests.getBy('room', { room: plain })
  // @ts-expect-error a guest's id is no room's
  await guests.getBy('room', { room: guest })
  // @ts-expect-error in filters neither
  await guests.find({ where: { host: room } })
}
