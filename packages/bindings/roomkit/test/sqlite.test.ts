import { heldAgainst } from './held-against.ts'
import { sqliteTarget } from './targets.ts'

heldAgainst(sqliteTarget)
