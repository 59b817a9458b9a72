import { heldAgainst } from './held-against.ts'
import { sqliteTarget } from './on-sqlite.ts'

heldAgainst(sqliteTarget)
