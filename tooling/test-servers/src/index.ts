export type { FindServer } from './find-server.ts'
export { type FirestorePlace, firestore, firestorePlace } from './firestore/index.ts'
export { mariadb } from './mariadb/index.ts'
export { mongodb, mongodbReplicaSet } from './mongodb/index.ts'
export { postgresConfig } from './postgres/config.ts'
export { postgres15, postgres18 } from './postgres/index.ts'
export { racing } from './racing.ts'
export { type RedisClusterPlace, redisCluster, redisClusterPlace } from './redis/cluster.ts'
export { redis } from './redis/index.ts'
export { coreInShortRuns, inFullRuns } from './short-run.ts'
export { sqlite } from './sqlite.ts'
export {
  type Address,
  isFound,
  type NetworkServer,
  type NotFound,
  type OwnOption,
  type OwnServer,
  type TestServer,
} from './test-server.ts'
