import type { Json, Show } from '@portolan/ports'
import type { Insertable, Kysely, Selectable, Transaction, Updateable } from 'kysely'
import { kyselyStorage, type Mapping, type OutboxMessage, type TablesOf } from '../../src/index.ts'
import { type names, Room, type RoomId, Sample } from '../sample.ts'
import type { Equal, Expect } from './equal.ts'

type OnPostgres = TablesOf<[typeof Sample, typeof Room], 'postgres'>
type OnSqlite = TablesOf<readonly [typeof Sample, typeof Room], 'sqlite'>
type Renamed = TablesOf<[typeof Sample, typeof Room], 'postgres', typeof names>

export type Tables = [
  Expect<Equal<keyof OnPostgres, 'sample' | 'room'>>,
  Expect<Equal<OnPostgres['room'], { id: string; label: string }>>,
  Expect<
    Equal<
      Selectable<OnPostgres['sample']>,
      {
        id: string
        tenantId: string
        room: RoomId
        note: string | null
        state: 'open' | 'closed'
        guests: string | number
        spare: string | number | null
        weight: string | number
        height: string | number | null
        done: boolean
        paid: boolean | null
        at: Date
        until: Date | null
        list: readonly string[]
        anything: Json
        more: { readonly deep: Json } | null
        version: string
        createdAt: Date
        updatedAt: Date
      }
    >
  >,
  Expect<
    Equal<
      Selectable<OnSqlite['sample']>,
      {
        id: string
        tenantId: string
        room: RoomId
        note: string | null
        state: 'open' | 'closed'
        guests: number
        spare: number | null
        weight: number
        height: number | null
        done: 0 | 1
        paid: 0 | 1 | null
        at: string
        until: string | null
        list: string
        anything: string
        more: string | null
        version: number
        createdAt: string
        updatedAt: string
      }
    >
  >,
  Expect<
    Equal<
      Show<Insertable<OnPostgres['sample']>>,
      {
        id: string
        tenantId: string
        room: RoomId
        note?: string | null
        state: 'open' | 'closed'
        guests: string | number | bigint
        spare?: string | number | bigint | null
        weight: string | number | bigint
        height?: string | number | bigint | null
        done: boolean
        paid?: boolean | null
        at: string | Date
        until?: string | Date | null
        list: string
        anything: string
        more?: string | null
        version: string | number | bigint
        createdAt: string | Date
        updatedAt: string | Date
      }
    >
  >,
  Expect<Equal<Updateable<OnSqlite['room']>, { id?: string | undefined; label?: string | undefined }>>,
]

export type Names = [
  Expect<Equal<keyof Renamed, 'Old Samples' | 'room'>>,
  Expect<
    Equal<
      Exclude<keyof Renamed['Old Samples'], keyof OnPostgres['sample']>,
      'tenant_id' | 'begins "at"' | 'lock_version'
    >
  >,
  Expect<Equal<Exclude<keyof OnPostgres['sample'], keyof Renamed['Old Samples']>, 'tenantId' | 'at' | 'version'>>,
  Expect<Equal<Selectable<Renamed['Old Samples']>['begins "at"'], Date>>,
  Expect<Equal<Selectable<Renamed['Old Samples']>['lock_version'], string>>,
  // A mapping of columns alone keeps the table's name, and the other way round.
  Expect<
    Equal<
      TablesOf<[typeof Room], 'sqlite', { readonly room: { readonly fields: { readonly label: 'name' } } }>,
      { room: { id: string; name: string } }
    >
  >,
  Expect<
    Equal<
      TablesOf<[typeof Room], 'sqlite', { readonly room: { readonly table: 'rooms' } }>,
      { rooms: { id: string; label: string } }
    >
  >,
]

/** Names that only run time knows make no table that could be mistaken for one. */
export type UnknownNames = [
  // @ts-expect-error a mapping of any names
  TablesOf<[typeof Room], 'sqlite', Mapping>,
  // @ts-expect-error any text as the table's name
  TablesOf<[typeof Room], 'sqlite', { room: { table: string } }>,
  // @ts-expect-error any text as a column's name
  TablesOf<[typeof Room], 'sqlite', { room: { fields: { label: string } } }>,
  // @ts-expect-error not the form of a mapping
  TablesOf<[typeof Room], 'sqlite', { room: 'rooms' }>,
]

/** The ports' own tables are tables like any other, and entities known at run time alone have none. */
export type Others = [
  Expect<Equal<keyof TablesOf<[typeof Room, typeof OutboxMessage], 'postgres'>, 'room' | 'portolan_outbox_message'>>,
  Expect<
    Equal<
      Pick<
        Selectable<TablesOf<[typeof OutboxMessage], 'postgres'>['portolan_outbox_message']>,
        'topic' | 'payload' | 'state' | 'leasedUntil'
      >,
      { topic: string; payload: Json; state: 'pending' | 'delivered' | 'dead'; leasedUntil: Date | null }
    >
  >,
]

/** Own queries beside a storage on the same instance, and on its transactions. */
export async function queries(db: Kysely<OnPostgres>): Promise<void> {
  const storage = kyselyStorage(db, { entities: [Sample, Room] })
  const rows = await db
    .selectFrom('sample')
    .innerJoin('room', 'room.id', 'sample.room')
    .where('sample.at', '>=', new Date())
    .where('sample.guests', '>', 3)
    .where('state', 'in', ['open'])
    .select(['sample.at', 'sample.version', 'room.label'])
    .execute()
  const checks: [
    Expect<Equal<typeof rows, { at: Date; version: string; label: string }[]>>,
    Expect<Equal<Parameters<typeof storage.join>[0], Transaction<OnPostgres>>>,
  ] = [true, true]
  void checks
  await storage.transaction(async (tx) => {
    const native: Transaction<OnPostgres> = tx.native
    await native.updateTable('room').set({ label: 'x' }).where('id', '=', 'r').execute()
    // @ts-expect-error a table that nobody made
    await native.selectFrom('rooms').selectAll().execute()
    const change = native.updateTable('sample')
    // @ts-expect-error JSON goes over as text: pg makes another thing of an array
    await change.set({ list: ['a'] }).execute()
    // @ts-expect-error a text that the field does not know
    await native.selectFrom('sample').where('state', '=', 'done').selectAll().execute()
  })
}
