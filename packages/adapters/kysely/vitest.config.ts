import { databaseTests } from '@portolan-tooling/test-servers/vitest-config'

export default databaseTests({
  longest: [
    'kysely-postgres-18',
    'kysely-postgres-15',
    'kysely-sqlite-file',
    'kysely-node-sqlite',
    'kysely-sqlite-memory',
    'naive-races',
    'naive-answers',
  ],
  // That the cases bite, the plans of statements, and the second version of a server.
  onOneNode: [
    'test/naive/**',
    'test/broken.test.ts',
    'test/postgres/pages.test.ts',
    'test/postgres/plans.test.ts',
    'test/kysely-postgres-15.test.ts',
  ],
})
