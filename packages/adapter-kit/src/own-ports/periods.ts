import { refuse } from '../errors.ts'

/** 100 years: long enough for any lease or ttl, and no store's clock plus it leaves the range of instants. */
export const longestPeriod = 3_155_760_000_000

/** Milliseconds as a whole number. `leaveOut` says what leaving the option out means, for those who ask for "for ever". */
export function checkPeriod(
  entity: string,
  field: string,
  value: unknown,
  { least = 1, leaveOut }: { readonly least?: number; readonly leaveOut?: string } = {},
): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= longestPeriod) return value + 0
  return refuse(
    'invalid-value',
    `${entity}.${field} must be a whole number of milliseconds from ${least} to ${longestPeriod} (100 years)${leaveOut ? `; leave it out ${leaveOut}` : ''}`,
    { entity, field },
  )
}
