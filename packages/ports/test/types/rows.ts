import type { EntityOf, InstantInput, Json, TypesIn, ValuesOf } from '../../src/index.ts'
import { Booking, Room } from '../example.ts'
import type { Equal, Expect } from './equal.ts'

type Status = 'requested' | 'confirmed' | 'in_progress' | 'completed' | 'cancelled'

export type Rows = [
  Expect<
    Equal<
      EntityOf<typeof Booking>,
      {
        id: string
        tenantId: string
        roomId: string
        startsAt: string
        endsAt: string
        status: Status
        idempotencyKey: string | null
        metadata: Record<string, Json> | null
        version: number
        createdAt: string
        updatedAt: string
      }
    >
  >,
  Expect<
    Equal<
      EntityOf<typeof Room>,
      {
        id: string
        building: string
        number: string
        seats: number
        rating: number | null
        open: boolean
        openedAt: string | null
        equipment: string[]
      }
    >
  >,
]

export type Values = [
  Expect<
    Equal<
      ValuesOf<TypesIn<typeof Booking>>,
      {
        id?: string | undefined
        roomId: string
        startsAt: string | Date | { readonly epochMilliseconds: number }
        endsAt: string | Date | { readonly epochMilliseconds: number }
        status: Status
        idempotencyKey?: string | null | undefined
        metadata?: Record<string, Json> | null | undefined
      }
    >
  >,
  Expect<
    Equal<
      ValuesOf<TypesIn<typeof Room>>,
      {
        id?: string | undefined
        building: string
        number: string
        seats?: number | undefined
        rating?: number | null | undefined
        open?: boolean | undefined
        openedAt?: InstantInput | null | undefined
        equipment?: string[] | undefined
      }
    >
  >,
]

/** The definition itself is typed as far as it is useful to read. */
export type Definition = [
  Expect<Equal<typeof Booking.name, 'booking'>>,
  Expect<Equal<typeof Booking.scope, 'tenantId'>>,
  Expect<Equal<typeof Room.scope, null>>,
  Expect<Equal<typeof Booking.versioned, true>>,
  Expect<Equal<typeof Room.versioned, false>>,
  Expect<
    Equal<keyof typeof Room.fields, 'building' | 'number' | 'seats' | 'rating' | 'open' | 'openedAt' | 'equipment'>
  >,
  Expect<Equal<TypesIn<typeof Booking>['unique'], { idempotencyKey: 'idempotencyKey' }>>,
  Expect<Equal<TypesIn<typeof Room>['unique'], { door: 'building' | 'number'; rating: 'rating' }>>,
  Expect<Equal<TypesIn<typeof Room>['optional'], 'seats' | 'rating' | 'open' | 'openedAt' | 'equipment'>>,
]

/** A row extends to an interface, which gives short names in hovers and errors. */
export interface Guest extends EntityOf<typeof Room> {}
export const seatsOf = (guest: Guest): number => guest.seats
export const names: readonly ['booking', 'room'] = [Booking.name, Room.name]
