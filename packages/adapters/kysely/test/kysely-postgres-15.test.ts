import { inFullRuns, postgres15 } from '@portolan-tooling/test-servers'
import { conformanceOn } from '@portolan-tooling/test-servers/vitest'
import target from './targets/kysely-postgres-15.ts'

conformanceOn(target, inFullRuns(postgres15))
