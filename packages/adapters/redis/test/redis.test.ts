import { redis } from '@portolan-tooling/test-servers'
import { conformanceOn } from './targets/conformance-on.ts'
import target from './targets/redis.ts'

conformanceOn(target, redis)
