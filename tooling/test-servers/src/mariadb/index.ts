import type { RowDataPacket } from 'mysql2/promise'
import { databaseServer } from '../database-server.ts'
import { type FindServer, finder } from '../find-server.ts'
import { mariadbVersionAt, withMariadb } from './connection.ts'
import { mariadbWays } from './engine.ts'

/** MariaDB 10.11 or what the system has. A place is a database that belongs to an ordinary user of its own. */
export const mariadb: FindServer = finder(() => ({
  kind: 'mariadb',
  name: 'MariaDB',
  ways: mariadbWays,
  open: async (url, engine) => {
    const version = await mariadbVersionAt(url)
    return databaseServer({
      url,
      protocol: 'mysql',
      usualPort: 3306,
      version: `MariaDB ${version}`,
      engine,
      create: (name, password) =>
        withMariadb(url, async (connection) => {
          await connection.query(`create database ${name}`)
          await connection.query(`create user ${name}@'%' identified by '${password}'`)
          await connection.query(`grant all on ${name}.* to ${name}@'%'`)
        }),
      remove: (name) =>
        withMariadb(url, async (connection) => {
          await connection.query(`drop database if exists ${name}`)
          await connection.query(`drop user if exists ${name}@'%'`)
        }),
      log: async () => (engine?.log ? engine.log() : logAt(url)),
    })
  },
}))

/** The server reads its own log for one who may read files; null where it has none, or may not. */
function logAt(url: string): Promise<string | undefined> {
  return withMariadb(url, async (connection) => {
    const [rows] = await connection.query<RowDataPacket[]>(
      "select convert(load_file(concat(if(left(@@log_error, 1) = '/', '', @@datadir), @@log_error)) using utf8mb4) as log",
    )
    return rows[0]?.log ?? undefined
  })
}
