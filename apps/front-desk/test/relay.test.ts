import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { cancelBooking, createBooking, rescheduleBooking } from '../src/domain/bookings.ts'
import type { BookingPayload } from '../src/domain/events.ts'
import { addRoom } from '../src/domain/rooms.ts'
import { type RelayOptions, startRelay } from '../src/relay/relay.ts'
import { type OpenedStorage, openStorages } from '../src/storages/storages.ts'
import { storageNames, until } from './client.ts'
import { at } from './moment.ts'
import { serverPlaces } from './places.ts'

const tenantId = 'acme'

async function openStorage(name: string, folder = temporaryFolder()): Promise<OpenedStorage> {
  const places = await serverPlaces(name)
  const opened = openStorages({ folder, timeoutMs: 5000, ...places.urls })
  onTestFinished(async () => {
    await Promise.all(opened.map((one) => one.close()))
    await places.remove()
  })
  const found = opened.find((one) => one.name === name)
  if (!found) throw new Error(`No storage ${name}`)
  await found.prepare()
  return found
}

const folders: string[] = []
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'front-desk-relay-'))
  folders.push(folder)
  return folder
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

async function bookTimes({ storage }: OpenedStorage, count: number): Promise<string[]> {
  const room = await addRoom(storage, tenantId, { code: 'relay', name: 'Relay', seats: 1 })
  const ids: string[] = []
  for (let n = 0; n < count; n += 1) {
    const slot = { roomId: room.id, startsAt: at(n), endsAt: at(n + 1) }
    ids.push((await createBooking(storage, tenantId, { ...slot, guest: 'Ada' })).id)
  }
  return ids
}

function relayInto(seen: string[], opened: OpenedStorage, options: Partial<RelayOptions> = {}) {
  return startRelay(opened.storage.outbox(), {
    deliver: ({ topic, payload }) => void seen.push(`${topic} ${(payload as BookingPayload).bookingId}`),
    report: () => {},
    pollMs: 10,
    ...options,
  })
}

describe.each(storageNames)('the relay on %s', (name) => {
  test('delivers each change once, oldest first, and leaves nothing due', async () => {
    const opened = await openStorage(name)
    const [id = ''] = await bookTimes(opened, 1)
    await rescheduleBooking(opened.storage, tenantId, { bookingId: id, version: 1, startsAt: at(11), endsAt: at(12) })
    await cancelBooking(opened.storage, tenantId, id)
    const seen: string[] = []
    const relay = relayInto(seen, opened)
    await until(() => seen.length >= 3, 'three deliveries')
    await relay.stop()
    expect(seen).toEqual([`BookingCreated ${id}`, `BookingRescheduled ${id}`, `BookingCancelled ${id}`])
    expect((await opened.storage.outbox().list({ state: 'delivered', limit: 10 })).items).toHaveLength(3)
    for (const state of ['due', 'leased', 'dead'] as const) {
      expect((await opened.storage.outbox().list({ state, limit: 10 })).items).toEqual([])
    }
  })

  test('delivers nothing of a change that was refused', async () => {
    const opened = await openStorage(name)
    const ids = await bookTimes(opened, 2)
    const [first = ''] = ids
    const ontoTheSecond = { bookingId: first, version: 1, startsAt: at(1), endsAt: at(2) }
    await expect(rescheduleBooking(opened.storage, tenantId, ontoTheSecond)).rejects.toMatchObject({ code: 'overlap' })
    const seen: string[] = []
    const relay = relayInto(seen, opened)
    await until(() => seen.length >= 2, 'two deliveries')
    await new Promise((resolve) => setTimeout(resolve, 50))
    await relay.stop()
    expect(seen).toEqual(ids.map((id) => `BookingCreated ${id}`))
  })

  test('four relays share the work, no message twice', async () => {
    const opened = await openStorage(name)
    const ids = await bookTimes(opened, 40)
    const seen: string[] = []
    const relays = [1, 2, 3, 4].map(() => relayInto(seen, opened, { batch: 3 }))
    await until(() => seen.length >= ids.length, 'all deliveries')
    await Promise.all(relays.map((relay) => relay.stop()))
    expect([...seen].sort()).toEqual(ids.map((id) => `BookingCreated ${id}`).sort())
  })

  test('delivers again after a failure, and says so', async () => {
    const opened = await openStorage(name)
    await bookTimes(opened, 1)
    const attempts: number[] = []
    const reports: string[] = []
    const relay = relayInto([], opened, {
      deliver: ({ attempt }) => {
        attempts.push(attempt)
        if (attempt === 1) throw new Error('the receiver is asleep')
      },
      report: (sentence) => reports.push(sentence),
    })
    await until(() => attempts.length >= 2, 'a second attempt')
    await relay.stop()
    expect(attempts).toEqual([1, 2])
    expect(reports).toEqual([
      expect.stringMatching(/^BookingCreated .*: attempt 1 of 10 failed: the receiver is asleep$/),
    ])
  })

  test('delivers again what a relay took and never acknowledged', async () => {
    const opened = await openStorage(name)
    const [id] = await bookTimes(opened, 1)
    expect(await opened.storage.outbox().claim({ limit: 10, leaseMs: 300 })).toHaveLength(1)
    const seen: string[] = []
    const relay = relayInto(seen, opened)
    await until(() => seen.length >= 1, 'the delivery after the lease')
    await relay.stop()
    expect(seen).toEqual([`BookingCreated ${id}`])
  })

  test('stops only when the batch at hand is delivered and acknowledged', async () => {
    const opened = await openStorage(name)
    await bookTimes(opened, 1)
    let finish = () => {}
    let begun = false
    const relay = relayInto([], opened, {
      deliver: () => {
        begun = true
        return new Promise<void>((resolve) => {
          finish = resolve
        })
      },
    })
    await until(() => begun, 'the delivery')
    let stopped = false
    const stopping = relay.stop().then(() => {
      stopped = true
    })
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(stopped).toBe(false)
    finish()
    await stopping
    expect((await opened.storage.outbox().list({ state: 'delivered', limit: 10 })).items).toHaveLength(1)
  })
})

test('a relay whose process is killed between delivery and acknowledgement: the next one delivers again', async () => {
  const folder = temporaryFolder()
  const opened = await openStorage('sqlite', folder)
  const [id] = await bookTimes(opened, 1)
  const script = fileURLToPath(new URL('./killed-relay.ts', import.meta.url))
  const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  const [, signal] = await once(child, 'close')
  expect([output, signal]).toEqual([`BookingCreated attempt 1\n`, 'SIGKILL'])
  const seen: string[] = []
  const relay = relayInto(seen, opened, {
    deliver: ({ attempt, payload }) => void seen.push(`attempt ${attempt} ${(payload as BookingPayload).bookingId}`),
  })
  await until(() => seen.length >= 1, 'the second delivery')
  await relay.stop()
  expect(seen).toEqual([`attempt 2 ${id}`])
})
