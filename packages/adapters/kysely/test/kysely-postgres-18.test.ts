import { postgres18 } from '@portolan-tooling/test-servers'
import { conformanceOn } from './targets/conformance-on.ts'
import target from './targets/kysely-postgres-18.ts'

conformanceOn(target, postgres18)
