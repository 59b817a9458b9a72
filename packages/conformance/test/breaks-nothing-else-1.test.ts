import { testThatNothingElseBreaks } from './breaks-nothing-else.ts'

testThatNothingElseBreaks(0, 2)
