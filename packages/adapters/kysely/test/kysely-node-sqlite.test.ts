import { conformance } from '@portolan/conformance/vitest'
import { coreInShortRuns } from '@portolan-tooling/test-servers'
import target from './targets/kysely-node-sqlite.ts'

conformance(target, coreInShortRuns)
