import { conformance } from '@portolan/conformance/vitest'
import { coreInShortRuns } from '@portolan-tooling/test-servers'
import target from './targets/kysely-sqlite-memory.ts'

conformance(target, coreInShortRuns)
