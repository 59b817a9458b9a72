import { join } from 'node:path'
import SqliteDatabase from 'better-sqlite3'
import { expect, test } from 'vitest'
import { callsTo, useService } from './client.ts'
import { at } from './moment.ts'

/** So short a wait would be too short for servers on a busy machine. */
const service = useService({ timeoutMs: 1_000, withServers: false })

test('a file that somebody else has locked is 503 with Retry-After, and the same key works afterwards', async () => {
  const { addRoom, book } = callsTo(service, 'sqlite', 'acme')
  const roomId = await addRoom()
  const foreign = new SqliteDatabase(join(service.folder(), 'front-desk.sqlite'))
  foreign.exec('BEGIN IMMEDIATE')
  const request = { roomId, from: at(9), until: at(10), key: 'while-locked' }
  const refused = await book(request)
  foreign.exec('ROLLBACK')
  foreign.close()
  expect(refused.status).toBe(503)
  expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0)
  expect(['unavailable', 'transaction-conflict']).toContain(refused.body.code)
  expect((await book(request)).status).toBe(201)
})
