import { conformance } from '@portolan/conformance/vitest'
import target from './targets/kysely-sqlite-memory.ts'

conformance(target)
