import { heldAgainst } from './held-against.ts'
import { memoryTarget } from './on-memory.ts'

heldAgainst(memoryTarget)
