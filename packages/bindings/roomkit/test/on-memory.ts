import { memoryDatabase, memoryStorage } from '@portolan/memory'
import { createRoomKitStorage, roomKitEntities } from '../src/index.ts'
import type { RoomKitTarget } from '../src/suite/index.ts'

/** Two storages on one database are two clients. */
export const memoryTarget: RoomKitTarget = {
  name: 'memory',
  async open() {
    const database = memoryDatabase()
    const [first, second] = [1, 2].map(() => memoryStorage({ entities: roomKitEntities, database })) as [
      ReturnType<typeof memoryStorage>,
      ReturnType<typeof memoryStorage>,
    ]
    return {
      first: createRoomKitStorage(first),
      second: createRoomKitStorage(second),
      close: async () => {
        await Promise.all([first.close(), second.close()])
      },
    }
  },
}
