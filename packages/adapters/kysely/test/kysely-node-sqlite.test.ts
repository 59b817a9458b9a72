import { conformance } from '@portolan/conformance/vitest'
import target from './targets/kysely-node-sqlite.ts'

conformance(target)
