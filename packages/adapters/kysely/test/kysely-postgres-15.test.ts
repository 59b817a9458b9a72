import { inFullRuns, postgres15 } from '@portolan-tooling/test-servers'
import { conformanceOn } from './targets/conformance-on.ts'
import target from './targets/kysely-postgres-15.ts'

conformanceOn(target, inFullRuns(postgres15))
