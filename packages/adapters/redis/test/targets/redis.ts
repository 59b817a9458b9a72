import type { Target } from '@portolan/conformance'
import { redisDriver } from '../../src/driver.ts'
import { oneServer, redisTarget } from './target.ts'

const target: Target = redisTarget('redis', oneServer, import.meta.url, redisDriver)

export default target
