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

/** Any storable text: every code point but NUL and the surrogates, most of them of the kinds that databases treat apart. */
export function anyText(maxLength: number): fc.Arbitrary<string> {
  const codePoint = fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 0x7f }) },
    { weight: 2, arbitrary: fc.integer({ min: 0x80, max: 0x2fff }) },
    { weight: 2, arbitrary: fc.integer({ min: 0xe000, max: 0x10ffff }) },
    fc.integer({ min: 0x3000, max: 0xd7ff }),
  )
  return fc.array(codePoint, { maxLength }).map((points) => String.fromCodePoint(...points))
}
