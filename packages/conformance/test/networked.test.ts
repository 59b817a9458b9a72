import { conformance } from '../src/vitest.ts'
import networked from './targets/networked.ts'

conformance(networked)
