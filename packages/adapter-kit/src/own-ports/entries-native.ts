import type { Capabilities } from '@portolan/ports'
import { modelOf } from '../entities/model.ts'
import type { KeyValueOperations } from '../operations.ts'
import { checkRowSize } from '../repository/size.ts'
import { type Entries, pageSize } from './entries.ts'
import { KeyValueEntry } from './own-entities.ts'

/** Entries as the driver has them by nature. */
export function nativeEntries(native: KeyValueOperations, namespace: string, capabilities: Capabilities): Entries {
  const size = { model: modelOf(KeyValueEntry), capabilities }
  return {
    getMany: (keys) => native.getMany(namespace, keys),
    set(key, value, ttlMs, condition) {
      checkRowSize(size, { namespace, key, value })
      return native.set({ namespace, key, value, ttlMs, condition })
    },
    delete: (key, revision) => native.delete({ namespace, key, revision }),
    deleteMany: (keys) => native.deleteMany(namespace, keys),
    clear: () => native.clear(namespace),
    keys: (prefix, after) => native.keys({ namespace, prefix, after, limit: pageSize }),
  }
}
