import { conformance } from '@portolan/conformance/vitest'
import target from './targets/kysely-sqlite-file.ts'

conformance(target)
