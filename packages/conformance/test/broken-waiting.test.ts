import { testThatClausesBreak, waiting } from './breaks-its-clause.ts'

testThatClausesBreak(({ breaks }) => waiting.includes(breaks))
