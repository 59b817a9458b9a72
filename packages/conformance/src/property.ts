import fc from 'fast-check'
import { Broken, describeError, fail } from './assert.ts'
import type { World } from './case.ts'

/** Checks generated values and, when one breaks the promise, tells how, with what repeats it. */
export async function forAll<T>(
  { seed }: Pick<World, 'seed'>,
  runs: number,
  arbitrary: fc.Arbitrary<T>,
  check: (value: T) => Promise<void>,
): Promise<void> {
  const result = await fc.check(fc.asyncProperty(arbitrary, check), { seed, numRuns: runs })
  if (!result.failed) return
  const reason =
    result.errorInstance instanceof Broken ? result.errorInstance.message : describeError(result.errorInstance)
  fail(`${reason} (generated value ${result.numRuns} of seed ${seed}, shrunk ${result.numShrinks} times)`)
}
