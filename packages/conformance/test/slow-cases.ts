/** They take longer than all the others together: left out where the suite runs many times, unless PORTOLAN_THOROUGH=1. */
export const slowCases: readonly string[] = [
  'V1.any-text',
  'V3.changing-nights',
  'V4.any-json',
  'V4.too-large',
  'Q1.any-order',
  'Q2.any-filter',
  'Q3.each',
  'Q3.each-row-once',
  'Q3.each-while-deleting',
  'Q4.everything',
  'B1.all-or-none',
  'B1.thousands',
  'G3.held-before-the-work-starts',
  'G3.one-lock-for-transactions-and-calls',
  'T3.ten-thousand-rows',
  'T1.killed-at-any-moment',
  'T4.hundred-runs',
  'T4.lone-conflict-until-the-deadline',
  'T4.one-deadline-for-all-runs',
  'T4.one-deadline-with-waits',
  'K1.many-keys',
  'K4.clear-and-keys-stay-inside',
  'K5.clear-is-one-operation',
  'E4.too-large-before-writing',
  'X1.commands-in-transactions',
  'X1.rolled-back',
]

const thorough: boolean = process.env.PORTOLAN_THOROUGH === '1'
/** One of so many cases is tried with a broken driver that does not say it breaks it. */
export const share: number = thorough ? 1 : process.env.PORTOLAN_SHORT_RUN === '1' ? 18 : 3
export const leftOut: readonly string[] = thorough ? [] : slowCases
