import { conformance } from '../src/vitest.ts'
import memory from './targets/memory.ts'

conformance(memory)
