import { brokenUnderFaults } from '../src/broken.ts'
import { testThatClausesBreak } from './breaks-its-clause.ts'
import networked from './targets/networked.ts'

testThatClausesBreak(({ breaks }) => breaks === 'E2', networked, brokenUnderFaults)
