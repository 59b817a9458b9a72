export { conformanceOn } from './conformance-on.ts'
export { onPostgres, type PostgresPlace, postgresVersions } from './on-postgres.ts'
export { notRun, serverForTests } from './server-for-tests.ts'
