import { isFound, redis } from '@portolan-tooling/test-servers'
import { heldAgainst, heldAgainstNothing } from './held-against.ts'
import { redisTarget } from './on-redis.ts'

const server = await redis()
if (isFound(server)) heldAgainst(redisTarget(server))
else heldAgainstNothing('Redis', server)
