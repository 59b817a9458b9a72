import { databaseTests } from '@portolan-tooling/test-servers/vitest-config'

export default databaseTests({
  longest: ['postgres-18', 'postgres-15', 'redis', 'naive'],
  // That the suite bites, and the second version of a server.
  onOneNode: ['test/naive.test.ts', 'test/postgres-15.test.ts'],
})
