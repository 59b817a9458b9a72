import { configDefaults, defineConfig } from 'vitest/config'

/** What hangs on servers and not on the version of Node: that the cases bite, tests of Postgres's own, a second Postgres. */
const onOneNode = ['test/naive/**', 'test/broken.test.ts', 'test/kysely-postgres-15.test.ts', 'test/postgres/**']

export default defineConfig({
  test: {
    testTimeout: 30_000,
    globalSetup: './test/servers.ts',
    maxWorkers: 2,
    exclude: [...configDefaults.exclude, ...(process.env.PORTOLAN_SECOND_NODE === '1' ? onOneNode : [])],
  },
})
