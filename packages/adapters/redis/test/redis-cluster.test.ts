import { coreInShortRuns, redisCluster } from '@portolan-tooling/test-servers'
import { conformanceOn } from '@portolan-tooling/test-servers/vitest'
import target from './targets/redis-cluster.ts'

conformanceOn(target, redisCluster, coreInShortRuns)
