import { redis } from '@portolan-tooling/test-servers'
import { conformanceOn } from '@portolan-tooling/test-servers/vitest'
import target from './targets/redis.ts'

conformanceOn(target, redis)
