import { accessSync, chmodSync, constants, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { guard } from './guard.ts'

/** Below this a server would run into its end: Docker gives its containers 64 MB there. */
const enoughBytes = 4 * 2 ** 30

/** Where Linux keeps files in memory. */
const inMemory = '/dev/shm'

/**
 * Where the data of test servers lies: where PORTOLAN_TEST_DATA says; else in memory where Linux has room enough for it, since a
 * program that is killed loses nothing there either, and fsync costs nothing; else where temporary files are.
 */
function dataRoot(): string {
  const { PORTOLAN_TEST_DATA: chosen } = process.env
  if (chosen) return chosen
  if (process.platform !== 'linux') return tmpdir()
  try {
    accessSync(inMemory, constants.W_OK)
    const { bavail, bsize } = statfsSync(inMemory)
    return bavail * bsize >= enoughBytes ? inMemory : tmpdir()
  } catch {
    return tmpdir()
  }
}

export interface DataFolder {
  readonly path: string
  readonly remove: () => void
}

/** A folder for the data of one server, which others may pass through but not read; removed no later than this process ends. */
export function dataFolder(kind: string): DataFolder {
  const path = mkdtempSync(join(dataRoot(), `portolan-${kind}-`))
  chmodSync(path, 0o711)
  const release = guard({ folder: path })
  const remove = (): void => {
    rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
    release()
  }
  return { path, remove }
}
