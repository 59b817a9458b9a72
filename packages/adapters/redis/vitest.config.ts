import { databaseTests } from '@portolan-tooling/test-servers/vitest-config'

export default databaseTests({
  longest: ['redis-cluster', 'redis-ioredis-5', 'redis', 'resharding', 'restart', 'broken'],
  // That the cases bite, models and costs of queries, and the second version of the client.
  onOneNode: [
    'test/key-value/broken.test.ts',
    'test/query/model.test.ts',
    'test/query/cost.test.ts',
    'test/writes/model.test.ts',
    'test/redis-ioredis-5.test.ts',
  ],
})
