import { coreInShortRuns, redis } from '@portolan-tooling/test-servers'
import { conformanceOn } from '@portolan-tooling/test-servers/vitest'
import target from './targets/redis-ioredis-5.ts'

conformanceOn(target, redis, coreInShortRuns)
