import { conformance } from '../src/vitest.ts'
import { networkedClauses } from './networked-clauses.ts'
import networked from './targets/networked.ts'

conformance(networked, { only: networkedClauses })
