import type { Capabilities, Storage } from '@portolan/ports'
import type { SecondProcess } from './process.ts'
import type { FaultProxy } from './proxy.ts'
import type { Client, Offers, OpenOptions, Target } from './target.ts'

/** What a case gets: a fresh place with the schema applied, and two independent clients of it. */
export interface World {
  readonly target: Target
  readonly place: string
  readonly capabilities: Capabilities
  /** Two clients on one database, opened with the standard entities and the world's clock. */
  readonly first: Client
  readonly second: Client
  /** Short for first.storage and second.storage. */
  readonly a: Storage<unknown>
  readonly b: Storage<unknown>
  /** The store's clock of every client of this world, in epoch milliseconds; stands still unless advanced. */
  readonly clock: { now(): number; advance(milliseconds: number): void }
  /** Opens a further client on the same place; closed by the world. Options default to those of `first`. */
  open(options?: Partial<OpenOptions>): Promise<Client>
  /** Any number of racers, alternating between the two clients, started together by a barrier; all are awaited. */
  race<R>(
    racers: number,
    run: (storage: Storage<unknown>, index: number) => Promise<R>,
  ): Promise<PromiseSettledResult<R>[]>
  /** How many racers and rounds race cases use: 16 and 20 unless the target declares fewer. */
  readonly racers: number
  readonly rounds: number
  /** Seed for generated values, named in the report. */
  readonly seed: number
  /**
   * A second process with a client of the same place; killed by the world. Only where the target offers `processes`.
   * `host`: its client has the store's own clock, and the clock of the host, as the other process sees it, is so far ahead.
   */
  process(host?: { readonly aheadMs: number }): Promise<SecondProcess>
  /** A proxy in front of the server, for `open({ via })`; closed by the world. Only where the target offers `proxy`. */
  proxy(): Promise<FaultProxy>
  /** The server itself, in a case that declares `stopsServer`; started again by the world where the case did not get to it. */
  readonly server: { stop(): Promise<void>; start(): Promise<void> }
}

export interface Case {
  /** Clause id, a dot, and a short kebab-case name: 'I3.racers-agree'. */
  readonly id: string
  readonly clause: string
  /** One sentence that says what is guaranteed. */
  readonly title: string
  /** A reason to skip, from declared capabilities and what the target offers; null: it runs. */
  readonly skip?: ((capabilities: Capabilities, offers: Offers) => string | null) | undefined
  readonly race?: boolean | undefined
  /** It stops the server: its place is made on one of its own, where the target has one. */
  readonly stopsServer?: boolean | undefined
  run(world: World): Promise<void>
}

/** Thrown out of a case that finds out on its way that the target cannot be asked: reported as not applicable, with the reason. */
export class NotApplicable extends Error {
  override readonly name: string = 'NotApplicable'
}

export function defineCase(
  id: string,
  title: string,
  run: Case['run'],
  more?: Pick<Case, 'skip' | 'race' | 'stopsServer'>,
): Case {
  return { id, clause: id.slice(0, id.indexOf('.')), title, run, ...more }
}
