import { setImmediate as turn } from 'node:timers/promises'

export interface Row {
  readonly id: string
}

export interface Table<R extends Row> {
  find(matches?: (row: R) => boolean): Promise<R[]>
  get(id: string): Promise<R | null>
  insert(row: Omit<R, 'id'>): Promise<R>
  update(id: string, changes: Partial<R>): Promise<R>
  remove(matches: (row: R) => boolean): Promise<number>
}

let made = 0

/** A repository over an array: each call is a round trip, and in between others get their turn. */
export function table<R extends Row>(): Table<R> {
  let rows: R[] = []
  return {
    async find(matches = () => true) {
      await turn()
      return rows.filter(matches).map((row) => ({ ...row }))
    },
    async get(id) {
      await turn()
      const row = rows.find((each) => each.id === id)
      return row ? { ...row } : null
    },
    async insert(row) {
      await turn()
      const stored = { ...row, id: `id-${++made}` } as R
      rows.push(stored)
      return { ...stored }
    },
    async update(id, changes) {
      await turn()
      const index = rows.findIndex((row) => row.id === id)
      // What the client of a database throws, raw.
      if (index < 0) throw Object.assign(new Error('Record to update not found'), { code: 'P2025' })
      rows[index] = { ...(rows[index] as R), ...changes }
      return { ...(rows[index] as R) }
    },
    async remove(matches) {
      await turn()
      const before = rows.length
      rows = rows.filter((row) => !matches(row))
      return before - rows.length
    },
  }
}

/** Deletes one row, and throws as the client does where there is none. */
export async function removeOne<R extends Row>(from: Table<R>, matches: (row: R) => boolean): Promise<void> {
  if ((await from.remove(matches)) === 0)
    throw Object.assign(new Error('Record to delete not found'), { code: 'P2025' })
}
