import type { Target } from '@portolan/conformance'
import { postgres18 } from '@portolan-tooling/test-servers'
import { postgresTarget } from './postgres.ts'

const target: Target = postgresTarget('kysely-postgres-18', postgres18, import.meta.url)

export default target
