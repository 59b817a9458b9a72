import { createStorage } from '@portolan/adapter-kit'
import { StorageError } from '@portolan/ports'
import { expect, it } from 'vitest'
import { memoryDatabase, memoryDriver } from '../src/index.ts'
import { Visit } from './entities.ts'

it('a later run holds from its beginning the guards that the former ones asked for, in one order', async () => {
  const options = { entities: [Visit] }
  const driver = memoryDriver({ database: memoryDatabase(), ...options })
  const begun: (readonly string[])[] = []
  const storage = createStorage(
    {
      ...driver,
      transaction: (work, session) => {
        begun.push(session.guards)
        return driver.transaction(work, session)
      },
    },
    options,
  )
  let runs = 0
  await storage.transaction(
    async (tx) => {
      runs++
      if (runs === 1) await tx.guard('c', 'b')
      if (runs === 2) await tx.guard('a')
      if (runs < 3) throw new StorageError('transaction-conflict', 'once more', { attempts: runs })
    },
    { guards: ['d'] },
  )
  expect(begun).toEqual([['d'], ['b', 'c', 'd'], ['a', 'b', 'c', 'd']])
})
