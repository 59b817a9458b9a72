import { postgres15 } from '@portolan-tooling/test-servers'
import target from '../targets/kysely-postgres-15.ts'
import { naiveRaces } from './all.ts'
import { testThatTheyAreCaught } from './caught.ts'

testThatTheyAreCaught(target, postgres15, naiveRaces)
