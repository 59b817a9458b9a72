import { postgres18 } from '@portolan-tooling/test-servers'
import { conformanceOn } from '@portolan-tooling/test-servers/vitest'
import target from './targets/kysely-postgres-18.ts'

conformanceOn(target, postgres18)
