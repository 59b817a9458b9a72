import type { Page, TypesIn, ValuesOf } from '@portolan/ports'
import { marked } from './canary.ts'
import type { Account, Booking } from './standard-entities.ts'
import { worldStart } from './world.ts'

export type AccountValues = ValuesOf<TypesIn<typeof Account>>
export type BookingValues = ValuesOf<TypesIn<typeof Booking>>

/** An account whose only given field is its e-mail, different for each name. */
export function anAccount(name: string | number, more: Partial<AccountValues> = {}): AccountValues {
  return { email: marked(`account-${name}`), ...more }
}

/** The moment `hours` after the world's start, as ISO text. */
export function hour(hours: number): string {
  return new Date(worldStart + hours * 3_600_000).toISOString()
}

/** A booking of one hour in a room of its own unless a room is given. */
export function aBooking(slot: number, more: Partial<BookingValues> = {}): BookingValues {
  return { roomId: marked('room'), startsAt: hour(slot), endsAt: hour(slot + 1), ...more }
}

export const tenant: { readonly tenantId: string } = { tenantId: marked('tenant') }
export const otherTenant: { readonly tenantId: string } = { tenantId: marked('other-tenant') }
export const owner: { readonly ownerId: string } = { ownerId: marked('owner') }
export const otherOwner: { readonly ownerId: string } = { ownerId: marked('other-owner') }

/** Whole numbers from 0 on. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index)
}

export async function idsOf(rows: Promise<readonly { readonly id: string }[]>): Promise<string[]> {
  return (await rows).map(({ id }) => id)
}

/** Every page until there is no cursor any more; gives up above `most` pages. */
export async function pagesOf<R>(next: (cursor: string | null) => Promise<Page<R>>, most = 5000): Promise<R[][]> {
  const pages: R[][] = []
  for (let cursor: string | null = null; pages.length < most; ) {
    const { items, nextCursor }: Page<R> = await next(cursor)
    pages.push(items)
    cursor = nextCursor
    if (cursor === null) return pages
  }
  throw new Error(`the pages do not end: ${most} were read`)
}

/** Inserts many rows by several calls, each below the bounds that adapters declare for one. */
export async function inParts<V, R>(
  values: readonly V[],
  insertMany: (part: readonly V[]) => Promise<R[]>,
): Promise<R[]> {
  const rows: R[] = []
  for (let from = 0; from < values.length; from += 400) rows.push(...(await insertMany(values.slice(from, from + 400))))
  return rows
}
