import { defineEntity, text } from '@portolan/ports'
import { roomKitTenantEntities } from '@portolan/roomkit'

/** What RoomKit's rooms lack: a name for people and a code for addresses. The id is the room's. */
export const RoomSign = defineEntity({
  name: 'room_sign',
  scope: 'tenantId',
  fields: { code: text(), name: text() },
  unique: { byCode: ['code'] },
})

/** What a storage of the front desk has to hold: RoomKit's rooms and bookings, each tenant's own, and the signs. */
export const entities = [RoomSign, ...roomKitTenantEntities] as const
