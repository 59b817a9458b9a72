import { StorageError } from '@portolan/ports'
import type { Binding, Inside } from '../context.ts'
import { Partition } from '../entities/rooms.ts'
import { asHost } from '../repositories.ts'
import type { RoomStorage } from '../storages.ts'
import { holdRoom } from './surroundings.ts'

type PartitionCalls = Pick<RoomStorage, 'getPartitionTree' | 'createPartition' | 'deletePartition'>

export function partitions(binding: Binding): PartitionCalls {
  const { repositories, transaction } = binding
  return {
    getPartitionTree: async (roomId) =>
      (await repositories.partitions.find({ where: ofRoom(roomId) })).map((row) => asHost(Partition, row)),

    async createPartition({ parentRoomId, childRoomId }) {
      if (parentRoomId === childRoomId) {
        const sentence = `${Partition.name}: room ${parentRoomId} cannot be a part of itself`
        throw new StorageError('invalid-value', sentence, { entity: Partition.name, field: 'childRoomId' })
      }
      return await transaction(async (inside) => {
        await holdRooms(inside, [parentRoomId, childRoomId])
        const { row } = await inside.repositories.partitions.insertOrGet('pair', { parentRoomId, childRoomId })
        await relate(inside, [parentRoomId, childRoomId])
        return asHost(Partition, row)
      })
    },

    deletePartition: (id) =>
      transaction(async (inside) => {
        const row = await inside.repositories.partitions.delete(id)
        if (row) await relate(inside, [row.parentRoomId, row.childRoomId])
      }),
  }
}

const ofRoom = (roomId: string) => ({ or: [{ parentRoomId: roomId }, { childRoomId: roomId }] })

const inOrder = (roomIds: readonly string[]) => [...new Set(roomIds)].sort()

async function holdRooms(inside: Inside, roomIds: readonly string[]): Promise<void> {
  for (const roomId of inOrder(roomIds)) await holdRoom(inside, roomId)
}

/** Writes into each room which others it shares its space with, so that whoever books it need not ask. */
export async function relate(
  { repositories: { rooms, partitions } }: Inside,
  roomIds: readonly string[],
): Promise<void> {
  for (const roomId of inOrder(roomIds)) {
    if (!(await rooms.update(roomId, {}))) continue
    const rows = await partitions.find({ where: ofRoom(roomId) })
    const related = rows.map(({ parentRoomId, childRoomId }) => (parentRoomId === roomId ? childRoomId : parentRoomId))
    await rooms.update(roomId, { relatedRoomIds: inOrder(related) })
  }
}
