import { memoryStorage } from '@portolan/memory'
import { expect, test } from 'vitest'
import { createRoomKitStorage, roomKitEntities, roomKitTenantEntities } from '../src/index.ts'
import { checked, hall, location, request } from '../src/suite/given.ts'
import { roomKitCases, runRoomKitCase } from '../src/suite/index.ts'

test('each tenant has locations, rooms, bookings and keys of its own, and reaches nothing of another', async () => {
  const storage = memoryStorage({ entities: roomKitTenantEntities })
  const [acme, globex] = ['acme', 'globex'].map((tenantId) => createRoomKitStorage(storage, { tenantId })) as [
    ReturnType<typeof createRoomKitStorage>,
    ReturnType<typeof createRoomKitStorage>,
  ]
  await location(acme, 'campus', { aliases: ['main'] })
  await location(globex, 'campus')
  const ours = await hall(acme)
  const theirs = await hall(globex)
  const booking = await acme.booking.createWithConflictCheck(request(ours.hall.id, { idempotencyKey: 'k' }), checked)
  await globex.booking.createWithConflictCheck(request(theirs.left.id, { idempotencyKey: 'k' }), checked)
  expect(booking).not.toHaveProperty('tenantId')
  expect(await globex.booking.findById(booking.id)).toBeNull()
  expect(await globex.location.resolveAlias('main')).toBeNull()
  const foreign = globex.booking.createWithConflictCheck(request(ours.hall.id), checked)
  await expect(foreign).rejects.toMatchObject({ code: 'ROOM_NOT_FOUND' })
  const change = globex.booking.updateWithVersion(booking.id, { title: 'x' }, 1)
  await expect(change).rejects.toMatchObject({ code: 'BOOKING_NOT_FOUND' })
})

test('a tenant needs the scoped entities, and a storage of these a tenant', () => {
  const plain = memoryStorage({ entities: roomKitEntities })
  const scoped = memoryStorage({ entities: roomKitTenantEntities })
  expect(() => createRoomKitStorage(plain, { tenantId: 'acme' })).toThrow(expect.objectContaining({ code: 'misuse' }))
  expect(() => createRoomKitStorage(scoped)).toThrow(expect.objectContaining({ code: 'misuse' }))
})

/** All cases hold for one tenant beside others: each case is a tenant of one storage, in which others have left theirs. */
const shared = memoryStorage({ entities: roomKitTenantEntities })
let tenants = 0
test.each(roomKitCases)('in a tenant of its own: $id', async (one) => {
  const tenantId = `tenant ${++tenants}`
  await runRoomKitCase(one, {
    name: 'memory, in a tenant',
    rounds: 1,
    open: async () => ({
      first: createRoomKitStorage(shared, { tenantId }),
      second: createRoomKitStorage(shared, { tenantId }),
      close: async () => {},
    }),
  })
})
