import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { clausesPage } from './clauses-page.ts'

writeFileSync(fileURLToPath(new URL('../../../docs/clauses.md', import.meta.url)), clausesPage())
