import {
  type Describe,
  defineEntity,
  type Entity,
  type EntityOf,
  instant,
  type Json,
  json,
  text,
} from '../../src/index.ts'
import { storage } from '../example.ts'
import type { Equal, Expect } from './equal.ts'

/** What code under isolatedDeclarations writes: the types by hand, checked against the definition. */
export interface Visit
  extends Describe<{
    name: 'visit'
    scope: 'tenantId'
    fields: { guest: string; at: string; notes: string[] | null; payload: Json }
    optional: 'notes'
    instants: 'at'
    json: 'notes' | 'payload'
    unique: { guest: 'guest' }
    versioned: true
  }> {}

export const Visit: Entity<Visit> = defineEntity({
  name: 'visit',
  scope: 'tenantId',
  fields: { guest: text(), at: instant(), notes: json<string[]>().nullable(), payload: json() },
  unique: { guest: ['guest'] },
  versioned: true,
})
export interface VisitRow extends EntityOf<typeof Visit> {}

export type Annotated = [
  Expect<
    Equal<
      EntityOf<typeof Visit>,
      {
        id: string
        tenantId: string
        guest: string
        at: string
        notes: string[] | null
        payload: Json
        version: number
      }
    >
  >,
]

export async function used(): Promise<VisitRow | null> {
  const visits = storage.repository(Visit, { tenantId: 't' })
  const { row } = await visits.insertOrGet('guest', { guest: 'g', at: new Date(), payload: null })
  return await visits.update(row.id, { notes: null }, { version: row.version })
}

// @ts-expect-error a field of the definition that the description lacks
export const More: Entity<Visit> = defineEntity({
  name: 'visit',
  scope: 'tenantId',
  fields: { guest: text(), at: instant(), notes: json<string[]>().nullable(), payload: json(), room: text() },
  unique: { guest: ['guest'] },
  versioned: true,
})
// @ts-expect-error a field of the description that the definition lacks
export const Fewer: Entity<Visit> = defineEntity({
  name: 'visit',
  scope: 'tenantId',
  fields: { guest: text(), at: instant(), payload: json() },
  unique: { guest: ['guest'] },
  versioned: true,
})
// @ts-expect-error a field of another type
export const Other: Entity<Visit> = defineEntity({
  name: 'visit',
  scope: 'tenantId',
  fields: { guest: text(), at: text(), notes: json<string[]>().nullable(), payload: json() },
  unique: { guest: ['guest'] },
  versioned: true,
})
// @ts-expect-error a field that an insert may leave out, and by the description may not
export const Defaulted: Entity<Visit> = defineEntity({
  name: 'visit',
  scope: 'tenantId',
  fields: { guest: text().default(''), at: instant(), notes: json<string[]>().nullable(), payload: json() },
  unique: { guest: ['guest'] },
  versioned: true,
})
// @ts-expect-error another key
export const Keyless: Entity<Visit> = defineEntity({
  name: 'visit',
  scope: 'tenantId',
  fields: { guest: text(), at: instant(), notes: json<string[]>().nullable(), payload: json() },
  versioned: true,
})
// @ts-expect-error not versioned
export const Unversioned: Entity<Visit> = defineEntity({
  name: 'visit',
  scope: 'tenantId',
  fields: { guest: text(), at: instant(), notes: json<string[]>().nullable(), payload: json() },
  unique: { guest: ['guest'] },
})
// @ts-expect-error not scoped
export const Unscoped: Entity<Visit> = defineEntity({
  name: 'visit',
  fields: { guest: text(), at: instant(), notes: json<string[]>().nullable(), payload: json() },
  unique: { guest: ['guest'] },
  versioned: true,
})
