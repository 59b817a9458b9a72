import { boolean, type Describe, defineEntity, type Entity, instant, integer, json, text } from '@portolan/ports'
import type { Room as HostRoom, RoomAccessibility, RoomEquipment, RoomPartition } from '../model.ts'
import type { Stored } from './stored.ts'

export interface RoomTypes
  extends Describe<{
    name: 'roomkit_room'
    fields: Stored<HostRoom, 'id' | 'createdAt' | 'updatedAt'> & {
      relatedRoomIds: string[]
      madeAt: string
      changedAt: string
    }
    optional: 'isActive' | 'metadata' | 'relatedRoomIds'
    instants: 'madeAt' | 'changedAt'
    json: 'relatedRoomIds'
    versioned: true
  }> {}

/**
 * Whoever books a room writes its row first, which changes its version and nothing else: so bookings of one room are made
 * one after the other, and each of them knows the room's buffers and relations as they are. That is why the host's own times
 * are fields here, and not Portolan's timestamps.
 */
export const Room: Entity<RoomTypes> = defineEntity({
  name: 'roomkit_room',
  fields: {
    locationNodeId: text(),
    seatedCapacity: integer(),
    examCapacity: integer(),
    standingCapacity: integer(),
    setupBufferMinutes: integer(),
    teardownBufferMinutes: integer(),
    isActive: boolean().default(true),
    metadata: text().nullable(),
    relatedRoomIds: json<string[]>().default([]),
    madeAt: instant(),
    changedAt: instant(),
  },
  indexes: { byLocation: ['locationNodeId'], byTime: ['madeAt'] },
  versioned: true,
})

export interface EquipmentTypes
  extends Describe<{
    name: 'roomkit_equipment'
    fields: Stored<RoomEquipment, 'id'>
    unique: { tag: 'roomId' | 'tag' }
  }> {}

export const Equipment: Entity<EquipmentTypes> = defineEntity({
  name: 'roomkit_equipment',
  fields: { roomId: text(), tag: text() },
  unique: { tag: ['roomId', 'tag'] },
  indexes: { byTag: ['tag'] },
})

export interface AccessibilityTypes
  extends Describe<{
    name: 'roomkit_accessibility'
    fields: Stored<RoomAccessibility, 'id'>
    unique: { attribute: 'roomId' | 'attribute' }
  }> {}

export const Accessibility: Entity<AccessibilityTypes> = defineEntity({
  name: 'roomkit_accessibility',
  fields: { roomId: text(), attribute: text() },
  unique: { attribute: ['roomId', 'attribute'] },
  indexes: { byAttribute: ['attribute'] },
})

export interface PartitionTypes
  extends Describe<{
    name: 'roomkit_partition'
    fields: Stored<RoomPartition, 'id'>
    unique: { pair: 'parentRoomId' | 'childRoomId' }
  }> {}

export const Partition: Entity<PartitionTypes> = defineEntity({
  name: 'roomkit_partition',
  fields: { parentRoomId: text(), childRoomId: text() },
  unique: { pair: ['parentRoomId', 'childRoomId'] },
  indexes: { byChild: ['childRoomId'] },
})
