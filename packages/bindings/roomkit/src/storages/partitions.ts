import { StorageError } from '@portolan/ports'
import type { Binding, Inside } from '../context.ts'
import { Partition } from '../entities/rooms.ts'
import { asHost } from '../repositories.ts'
import type { RoomStorage } from '../storages.ts'
import { holdRoom } from './surroundings.ts'

type PartitionCalls = Pick<RoomStorage, 'getPartitionTree' | 'createPartition' | 'deletePartition'>

export function partitions({ repositories, transaction }: Binding): PartitionCalls {
  return {
    getPartitionTree: async (roomId) =>
      (await repositories.partitions.find({ where: ofRoom(roomId) })).map((row) => asHost(Partition, row)),

    async createPartition({ parentRoomId, childRoomId }) {
      if (parentRoomId === childRoomId) {
        const sentence = `${Partition.name}: room ${parentRoomId} cannot be a part of itself`
        throw new StorageError('invalid-value', sentence, { entity: Partition.name, field: 'childRoomId' })
      }
      return await transaction(async (inside) => {
        for (const roomId of inOrder([parentRoomId, childRoomId])) await holdRoom(inside, roomId)
        const { row } = await inside.repositories.partitions.insertOrGet('pair', { parentRoomId, childRoomId })
        await relate(inside, [parentRoomId, childRoomId])
        return asHost(Partition, row)
      })
    },

    deletePartition: (id) =>
      transaction(async (inside) => {
        const { partitions, rooms } = inside.repositories
        const row = await partitions.get(id)
        if (!row) return
        const both = inOrder([row.parentRoomId, row.childRoomId])
        for (const roomId of both) await rooms.update(roomId, {})
        await partitions.delete(id)
        await relate(inside, both)
      }),
  }
}

const ofRoom = (roomId: string) => ({ or: [{ parentRoomId: roomId }, { childRoomId: roomId }] })

/** Whoever holds several rooms holds them in this order. */
export function inOrder(roomIds: readonly string[]): string[] {
  return [...new Set(roomIds)].sort()
}

/** Writes into rooms that are held which others they share their space with, so that whoever books one need not ask. */
export async function relate(inside: Inside, roomIds: readonly string[]): Promise<void> {
  const { rooms, partitions } = inside.repositories
  for (const roomId of roomIds) {
    const rows = await partitions.find({ where: ofRoom(roomId) })
    const related = rows.map(({ parentRoomId, childRoomId }) => (parentRoomId === roomId ? childRoomId : parentRoomId))
    await rooms.update(roomId, { relatedRoomIds: inOrder(related) })
  }
}
