import type { Storage } from '@portolan/ports'
import { racingBodies } from './bodies/racing.ts'
import { transactionalBodies } from './bodies/transactional.ts'
import type { Client } from './target.ts'

/** What a body gets in the second process. Input and result are plain data. */
export interface BodyContext {
  readonly storage: Storage<unknown>
  readonly client: Client
  readonly input: unknown
  /** Tells the first process that this point is reached, and waits until it resumes it. */
  pause(point: string): Promise<void>
}

export type Body = (context: BodyContext) => Promise<unknown>

/** What second processes can be asked to run, by name. Each file of bodies adds its own. */
export const bodies: { readonly [name: string]: Body } = { ...racingBodies, ...transactionalBodies }
