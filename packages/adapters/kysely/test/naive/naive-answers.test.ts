import { postgres18 } from '@portolan-tooling/test-servers'
import target from '../targets/kysely-postgres-18.ts'
import { naiveAnswers } from './all.ts'
import { testThatTheyAreCaught } from './caught.ts'

testThatTheyAreCaught(target, postgres18, naiveAnswers)
