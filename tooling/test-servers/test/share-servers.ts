import { shareServers } from '../src/share.ts'

export default shareServers(
  ...(['postgres15', 'postgres18', 'mariadb', 'redis', 'redisCluster', 'mongodb', 'mongodbReplicaSet'] as const),
  'firestore',
)
