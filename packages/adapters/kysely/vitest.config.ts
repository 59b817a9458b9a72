import { configDefaults, defineConfig } from 'vitest/config'

/** What shows that the cases bite, plans of statements, a second Postgres: none hangs on the version of Node. */
const onOneNode = [
  'test/naive/**',
  'test/broken.test.ts',
  'test/kysely-postgres-15.test.ts',
  'test/postgres/pages.test.ts',
  'test/postgres/plans.test.ts',
]

export default defineConfig({
  test: {
    testTimeout: 30_000,
    globalSetup: './test/servers.ts',
    maxWorkers: 2,
    exclude: [...configDefaults.exclude, ...(process.env.PORTOLAN_SECOND_NODE === '1' ? onOneNode : [])],
  },
})
