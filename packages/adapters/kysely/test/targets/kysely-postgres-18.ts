import type { Target } from '@portolan/conformance'
import { postgres18 } from '@portolan-tooling/test-servers'
import { postgresTarget } from './postgres.ts'

const target: Target = postgresTarget({
  name: 'kysely-postgres-18',
  version: postgres18,
  module: import.meta.url,
  pool: { prepare: true, deferBegin: true },
})

export default target
