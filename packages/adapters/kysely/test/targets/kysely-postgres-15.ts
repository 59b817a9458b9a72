import type { Target } from '@portolan/conformance'
import { postgres15 } from '@portolan-tooling/test-servers'
import { postgresTarget } from './postgres.ts'

const target: Target = postgresTarget({
  name: 'kysely-postgres-15',
  version: postgres15,
  module: import.meta.url,
  second: true,
})

export default target
