import type { Naive } from './naive.ts'

function clearingWhere(name: string, wrong: string, condition: string, value: (namespace: string) => string): Naive {
  return {
    name,
    wrong,
    caught: [{ id: 'K4.clear-and-keys-stay-inside', says: /keys after a clear: expected/ }],
    storage: (storage, pool) => ({
      ...storage,
      keyValue: (namespace) => ({
        ...storage.keyValue(namespace),
        async clear() {
          await pool.query(`delete from portolan_key_value_entry where ${condition}`, [value(namespace)])
        },
      }),
    }),
  }
}

/**
 * Seen in caches and key-value adapters on SQL, which keep `namespace:key` in one column and clear a namespace by its beginning.
 * 'a' clears 'a:b' as well, and the signs that LIKE takes for wildcards clear everybody's.
 */
export const clearByLike: Naive = clearingWhere(
  'clear-by-like',
  'clears a namespace by LIKE on the keys that begin with it and a colon',
  `namespace || ':' || key like $1`,
  (namespace) => `${namespace}:%`,
)

/** The same with the wildcards taken care of: names that begin alike are enough. */
export const clearByStartsWith: Naive = clearingWhere(
  'clear-by-starts-with',
  'clears a namespace by starts_with on the keys that begin with it and a colon',
  `starts_with(namespace || ':' || key, $1)`,
  (namespace) => `${namespace}:`,
)
