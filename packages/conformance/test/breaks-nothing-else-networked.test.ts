import { brokenUnderFaults } from '../src/broken.ts'
import { standardCases } from '../src/cases/index.ts'
import { testThatNothingElseBreaks } from './breaks-nothing-else.ts'
import { networkedClauses } from './networked-clauses.ts'
import networked from './targets/networked.ts'

const cases = standardCases.filter(({ clause }) => networkedClauses.includes(clause))
testThatNothingElseBreaks(0, 1, { target: networked, among: brokenUnderFaults, cases })
