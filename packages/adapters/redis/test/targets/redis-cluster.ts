import type { Target } from '@portolan/conformance'
import { redisDriver } from '../../src/driver.ts'
import { cluster, redisTarget } from './target.ts'

const target: Target = redisTarget('redis-cluster', cluster, import.meta.url, redisDriver)

export default target
