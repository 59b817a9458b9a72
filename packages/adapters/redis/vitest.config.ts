import { configDefaults, defineConfig } from 'vitest/config'

/** The oldest client, the cluster, models of queries, and that broken drivers are caught: none hangs on the version of Node. */
const onOneNode = [
  'test/redis-ioredis-5.test.ts',
  'test/redis-cluster.test.ts',
  'test/cluster/**',
  'test/query/**',
  'test/key-value/broken.test.ts',
]

export default defineConfig({
  test: {
    testTimeout: 30_000,
    globalSetup: './test/servers.ts',
    maxWorkers: 2,
    exclude: [...configDefaults.exclude, ...(process.env.PORTOLAN_SECOND_NODE === '1' ? onOneNode : [])],
  },
})
