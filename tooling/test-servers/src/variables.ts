import type { NotFound } from './test-server.ts'

/** The environment variable of each kind: a URL with which one may do everything on a server that runs already. */
export const variables = {
  postgres15: 'PORTOLAN_POSTGRES_15_URL',
  postgres18: 'PORTOLAN_POSTGRES_18_URL',
  mariadb: 'PORTOLAN_MARIADB_URL',
  redis: 'PORTOLAN_REDIS_URL',
  redisCluster: 'PORTOLAN_REDIS_CLUSTER_URLS',
  mongodb: 'PORTOLAN_MONGODB_URL',
  mongodbReplicaSet: 'PORTOLAN_MONGODB_REPLICA_SET_URL',
  firestore: 'PORTOLAN_FIRESTORE_URL',
} as const

export type Kind = keyof typeof variables

/** What a process that shares its servers looked for in vain, so that no worker looks again. */
const notFoundVariable = 'PORTOLAN_SERVERS_NOT_FOUND'

export function urlOf(kind: Kind): string | undefined {
  const emulator = kind === 'firestore' && process.env.FIRESTORE_EMULATOR_HOST
  return process.env[variables[kind]] || (emulator ? `firestore://${emulator}` : undefined)
}

export function knownMissing(kind: Kind): NotFound | undefined {
  const missing = missingKinds()[kind]
  return missing === undefined ? undefined : { missing }
}

export function rememberMissing(kind: Kind, { missing }: NotFound): void {
  process.env[notFoundVariable] = JSON.stringify({ ...missingKinds(), [kind]: missing })
}

export function forgetMissing(): void {
  delete process.env[notFoundVariable]
}

function missingKinds(): Partial<Record<Kind, string>> {
  return JSON.parse(process.env[notFoundVariable] || '{}')
}
