import type { Transaction as Joined } from '@portolan/ports'
import type { Transaction } from 'kysely'
import { Flag } from '../entities.ts'
import type { Columns, Opened } from './place.ts'

export type Native = Transaction<Columns>
export type Work<R> = (tx: Joined<Native>) => Promise<R>
export type Level = 'read committed' | 'repeatable read' | 'serializable'

/** For `describe.each`: the levels at which a caller may have begun. */
export const levels: readonly Level[] = ['read committed', 'repeatable read', 'serializable']

export const thrownBy = (call: Promise<unknown>): Promise<unknown> => call.catch((thrown: unknown) => thrown)

export const flag = (label: string) => ({ label, on: true })

export const labels = async ({ storage }: Opened): Promise<string[]> =>
  (await storage.repository(Flag).find({ orderBy: { label: 'asc' } })).map(({ label }) => label)

/** A caller's own transaction at that level. */
export function began<R>({ db }: Opened, level: Level, work: (native: Native) => Promise<R>): Promise<R> {
  return db.transaction().setIsolationLevel(level).execute(work)
}

/** A join that is all of a caller's transaction. */
export function joined<R>(opened: Opened, level: Level, work: Work<R>): Promise<R> {
  return began(opened, level, (native) => opened.storage.join(native, work))
}
