import { heldAgainstPostgres } from './held-against.ts'

await heldAgainstPostgres('18')
