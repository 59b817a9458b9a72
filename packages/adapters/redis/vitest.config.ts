import { configDefaults, defineConfig } from 'vitest/config'

/** What hangs on servers and clients and not on the version of Node: that the cases bite, tests of Redis's own, the cluster. */
const onOneNode = [
  'test/redis-ioredis-5.test.ts',
  'test/redis-cluster.test.ts',
  'test/{cluster,durability,faults,query,schema,wire,writes}/**',
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
