import { redisCluster } from '@portolan-tooling/test-servers'
import { conformanceOn } from './targets/conformance-on.ts'
import target from './targets/redis-cluster.ts'

conformanceOn(target, redisCluster)
