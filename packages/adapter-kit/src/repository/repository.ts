import { claim, deleteMany, insertMany, updateMany } from './bulk.ts'
import type { RepositoryContext } from './context.ts'
import { count, each, find, get, getBy, getMany, page } from './read.ts'
import { insert, insertOrGet, remove, update, upsert } from './write.ts'

/** The methods of one entity in one scope; `claim` is among them outside transactions only. */
export function createRepository(context: RepositoryContext): object {
  return {
    get: (id: unknown) => get(context, id),
    getBy: (unique: string, key: unknown) => getBy(context, unique, key),
    getMany: (ids: unknown) => getMany(context, ids),
    find: (query?: object) => find(context, query),
    page: (query: object) => page(context, query),
    each: (query?: object) => each(context, query),
    count: (query?: object) => count(context, query),
    insert: (values: unknown, condition?: unknown) => insert(context, values, condition),
    insertMany: (values: unknown) => insertMany(context, values),
    insertOrGet: (unique: string, values: unknown) => insertOrGet(context, unique, values),
    upsert: (unique: string, values: unknown, patch: unknown, condition?: unknown) =>
      upsert(context, unique, values, patch, condition),
    update: (id: unknown, patch: unknown, condition?: unknown) => update(context, id, patch, condition),
    updateMany: (change: object) => updateMany(context, change),
    delete: (id: unknown, condition?: unknown) => remove(context, id, condition),
    deleteMany: (selection: object) => deleteMany(context, selection),
    ...(!context.operations.inTransaction && { claim: (request: object) => claim(context, request) }),
  }
}
