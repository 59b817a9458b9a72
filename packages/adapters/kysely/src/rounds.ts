import { failing } from '@portolan/adapter-kit'
import type { Frame } from './table.ts'

/** A write found something in its way that was gone when looked at; so often in a row only if rows come and go all the time. */
const maximumRounds = 20

/** Writes, or says why not; where the reason has gone meanwhile, once more. Nothing is written by a round that returns null. */
export async function settle<Outcome>(
  { deadline }: Frame,
  round: (rounds: number) => Promise<Outcome | null>,
): Promise<Outcome> {
  for (let rounds = 1; rounds <= maximumRounds; rounds++) {
    const outcome = await round(rounds)
    if (outcome !== null) return outcome
    if (performance.now() >= deadline) break
  }
  throw failing(
    'transaction-conflict',
    'each try found a row in the way that was gone a moment later; try again when fewer write the same rows',
  )
}
