import type { Capabilities } from '@portolan/ports'
import type { StoreClock } from '../queries/row-test.ts'
import type { StoredEntity, StoredRow } from '../spi/index.ts'
import { storeClockAt } from '../values/instant.ts'
import type { Overlay } from './overlay.ts'
import type { BufferedStore, Question } from './store.ts'

/** A running transaction of a buffered driver. */
export interface BufferedSession<Session> {
  /** The store's own. */
  readonly store: Session
  readonly overlay: Overlay
  /** Calls of one transaction take turns: each is decided by what the former one left. */
  turn: Promise<unknown>
}

/** What one call inside a transaction works with. */
export interface Inside {
  readonly overlay: Overlay
  readonly capabilities: Capabilities
  keeps(entity: StoredEntity): Promise<StoredEntity>
  look(questions: readonly Question[]): Promise<{
    readonly clock: StoreClock
    readonly answers: readonly (readonly StoredRow[] | number)[]
  }>
  guard(keys: readonly string[]): Promise<void>
}

/** Runs a call once those before it have settled. */
export function inTurn<Session, R>(
  store: BufferedStore<Session>,
  session: BufferedSession<Session>,
  deadline: number,
  call: (inside: Inside) => Promise<R>,
): Promise<R> {
  const inside: Inside = {
    overlay: session.overlay,
    capabilities: store.capabilities,
    keeps: (entity) => store.keeps(entity, deadline),
    async look(questions) {
      const { now, answers } = await store.look(session.store, questions, deadline)
      return { clock: storeClockAt(Date.parse(now)), answers }
    },
    async guard(keys) {
      if (keys.length > 0) await store.guard(session.store, keys, deadline)
    },
  }
  const running = session.turn.then(() => call(inside))
  session.turn = running.catch(() => undefined)
  return running
}

/** Of an answer to a plan that asks for rows. */
export function rowsOf(answer: readonly StoredRow[] | number | undefined): readonly StoredRow[] {
  return Array.isArray(answer) ? answer : []
}
