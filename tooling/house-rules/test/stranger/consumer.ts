import { conformance as nodeTest } from '@portolan/conformance/node-test'
import { kyselyStorage } from '@portolan/kysely'
import { memoryStorage } from '@portolan/memory'
import { defineEntity, type EntityOf, instant, text } from '@portolan/ports'
import { redisStorage } from '@portolan/redis'
import { createRoomKitStorage, roomKitEntities } from '@portolan/roomkit'
import { roomKitCases } from '@portolan/roomkit/suite'
import Database from 'better-sqlite3'
import { Redis } from 'ioredis'
import { Kysely, SqliteDialect } from 'kysely'

const Note = defineEntity({ name: 'note', fields: { title: text(), due: instant().nullable() }, versioned: true })
type Note = EntityOf<typeof Note>

const db = new Kysely<Record<string, never>>({ dialect: new SqliteDialect({ database: new Database(':memory:') }) })
const storage = kyselyStorage(db, { entities: [Note] })
await storage.schema.apply()
const note: Note = await storage.repository(Note).insert({ title: 'buy tar', due: null })
const renamed = await storage.repository(Note).update(note.id, { title: 'buy rope' }, { version: note.version })
if (renamed?.title !== 'buy rope' || renamed.version !== 2) throw new Error(JSON.stringify(renamed))
if (typeof nodeTest !== 'function') throw new Error('the node:test binding is missing')

const roomKit = createRoomKitStorage(memoryStorage({ entities: roomKitEntities }))
const { path } = await roomKit.location.createNode({ type: 'campus', displayName: 'Campus', path: 'campus' })
if (path !== 'campus' || roomKitCases.length === 0) throw new Error(path)

const redis = new Redis({ lazyConnect: true })
const { writers } = redisStorage(redis, { entities: [Note] }).capabilities
if (writers !== 'many') throw new Error(writers)
await storage.close()
await db.destroy()
