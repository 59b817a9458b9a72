import type { Capabilities } from '@portolan/ports'

export type CaseStatus = 'passed' | 'failed' | 'not-applicable'

export interface CaseResult {
  readonly id: string
  readonly clause: string
  readonly title: string
  readonly race: boolean
  readonly status: CaseStatus
  /** Why it does not apply, or what was not kept. */
  readonly reason: string | null
  /** Of a case that does not apply: whether the adapter's capabilities say so, or the target does not offer what it takes. */
  readonly skippedBy: 'capability' | 'offer' | null
  readonly durationMs: number
}

/**
 * proven: every case passed that applies to an adapter of these capabilities. partly: some passed, for others the target offers
 * too little. failed: one failed. not-applicable: none applies. later: nothing of it can be shown yet. not-run: its cases were
 * left out by a selection.
 */
export type ClauseLevel = 'proven' | 'partly' | 'failed' | 'not-applicable' | 'later' | 'not-run'

export interface ClauseResult {
  readonly id: string
  readonly subject: string
  readonly level: ClauseLevel
  readonly race: boolean
  readonly counts: Counts
  readonly later: string | null
}

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly notApplicable: number
}

/** What a run found; report.schema.json describes its JSON. */
export interface Report {
  readonly format: 1
  readonly target: string
  readonly server: string
  readonly client: string
  /** failed also when no case passed: an empty report proves nothing. not-run: the server could not be had. */
  readonly status: 'passed' | 'failed' | 'not-run'
  /** Why the run failed, where no case says it, or why it did not take place. */
  readonly reason: string | null
  readonly counts: Counts
  readonly durationMs: number
  readonly startedAt: string
  readonly seed: number
  readonly racing: { readonly racers: number; readonly rounds: number; readonly asUsual: boolean }
  /** What went in as values was searched for in so many errors, events and lines of output. */
  readonly canaries: {
    readonly errors: number
    readonly events: number
    readonly lines: number
    readonly found: readonly string[]
  }
  readonly capabilities: Capabilities | null
  /** What the target offers beyond opening clients. */
  /** The database lives in the process of its client, so nothing is missing where no fault of a network was shown. */
  readonly embedded: boolean
  readonly offers: readonly string[]
  readonly clauses: readonly ClauseResult[]
  readonly cases: readonly CaseResult[]
}
