import type { Target } from '@portolan/conformance'
import { postgres15 } from '@portolan-tooling/test-servers'
import { postgresTarget } from './postgres.ts'

const target: Target = postgresTarget('kysely-postgres-15', postgres15, import.meta.url)

export default target
