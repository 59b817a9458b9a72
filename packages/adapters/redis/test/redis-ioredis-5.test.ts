import { redis } from '@portolan-tooling/test-servers'
import { conformanceOn } from '@portolan-tooling/test-servers/vitest'
import target from './targets/redis-ioredis-5.ts'

/** What depends on the client most: values on the wire, errors, outages, and a race of each port. A full run leaves out nothing. */
const core = ['B1', 'D1', 'E2', 'E3', 'E5', 'G1', 'K1', 'K3', 'N2', 'O1', 'O3', 'P1', 'T2', 'V1']

conformanceOn(target, redis, process.env.PORTOLAN_SHORT_RUN === '1' ? { only: core } : {})
