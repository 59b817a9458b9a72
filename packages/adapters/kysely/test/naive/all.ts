import { acknowledgeWithoutToken } from './acknowledge-without-token.ts'
import { advisoryLockInRepeatableRead } from './advisory-lock-in-repeatable-read.ts'
import { clearByLike, clearByStartsWith } from './clear-by-prefix.ts'
import { clockOfTheApplication } from './clock-of-the-application.ts'
import { commitNotLookedAt } from './commit-not-looked-at.ts'
import { doNothingUnionSelect } from './do-nothing-union-select.ts'
import { insertWhereNotExists } from './insert-where-not-exists.ts'
import type { Naive } from './naive.ts'
import { selectForUpdateBeforeInsert } from './select-for-update-before-insert.ts'
import { versionReadThenWrite } from './version-read-then-write.ts'

/** Right as long as nobody else is there. */
export const naiveRaces: readonly Naive[] = [
  versionReadThenWrite,
  selectForUpdateBeforeInsert,
  insertWhereNotExists,
  doNothingUnionSelect,
  advisoryLockInRepeatableRead,
]

/** Wrong without a race: one caller after another is enough. */
export const naiveAnswers: readonly Naive[] = [
  acknowledgeWithoutToken,
  clearByLike,
  clearByStartsWith,
  commitNotLookedAt,
  clockOfTheApplication,
]
