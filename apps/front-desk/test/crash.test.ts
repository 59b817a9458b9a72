import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { listBookings } from '../src/domain/bookings.ts'
import { addRoom } from '../src/domain/rooms.ts'
import { createApp } from '../src/http/app.ts'
import { createDeliveryLog } from '../src/relay/delivery-log.ts'
import { openStorages } from '../src/storages/storages.ts'
import { bookOnce } from './book-once.ts'

test('killed after the commit and before the answer: the repeat gets the answer, and there is one booking', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'front-desk-crash-'))
  const opened = openStorages({ folder, timeoutMs: 5000 })
  onTestFinished(async () => {
    await Promise.all(opened.map((one) => one.close()))
    rmSync(folder, { recursive: true, force: true })
  })
  const desks = opened.map((one) => ({ ...one, deliveries: createDeliveryLog(() => {}) }))
  const storage = desks.find(({ name }) => name === 'sqlite')?.storage
  if (!storage) throw new Error('There is no SQLite storage')
  await storage.schema.apply()
  const room = await addRoom(storage, 'acme', { code: 'quay', name: 'Quay', seats: 8 })

  const script = fileURLToPath(new URL('./killed-after-commit.ts', import.meta.url))
  const child = spawn(process.execPath, [script, folder, room.id], { stdio: ['ignore', 'ignore', 'pipe'] })
  let errors = ''
  child.stderr.on('data', (chunk) => {
    errors += chunk
  })
  const [, signal] = await once(child, 'close')
  expect([errors, signal]).toEqual(['', 'SIGKILL'])

  const repeated = await bookOnce(createApp({ desks, report: () => {} }), room.id)
  expect([repeated.status, repeated.headers.get('Idempotency-Replayed')]).toEqual([201, 'true'])
  const { items } = await listBookings(storage, 'acme', { roomId: room.id, limit: 10 })
  expect(items).toEqual([await repeated.json()])
})
