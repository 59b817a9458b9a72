import { heldAgainst } from './held-against.ts'
import { memoryTarget } from './targets.ts'

heldAgainst(memoryTarget)
