import type { RowDataPacket } from 'mysql2/promise'
import { type FindServer, finder } from '../find-server.ts'
import { networkServer } from '../network-server.ts'
import { newName, newPassword } from '../secret.ts'
import { mariadbVersionAt, withMariadb } from './connection.ts'
import { mariadbWays } from './engine.ts'

/** MariaDB 10.11 or what the system has. A place is a database that belongs to an ordinary user of its own. */
export const mariadb: FindServer = finder(() => ({
  kind: 'mariadb',
  name: 'MariaDB',
  ways: mariadbWays,
  open: async (url, engine) => {
    const version = await mariadbVersionAt(url)
    const { hostname: host, port } = new URL(url)
    const address = { host, port: Number(port || 3306) }
    return networkServer({
      version: `MariaDB ${version}`,
      nodes: [address],
      engine,
      adminUrl: (place) => {
        const admin = new URL(url)
        if (place !== undefined) admin.pathname = new URL(place).pathname
        return admin.href
      },
      createPlace: async () => {
        const [name, password] = [newName(), newPassword()]
        await withMariadb(url, async (connection) => {
          await connection.query(`create database ${name}`)
          await connection.query(`create user ${name}@'%' identified by '${password}'`)
          await connection.query(`grant all on ${name}.* to ${name}@'%'`)
        })
        return `mysql://${name}:${password}@${address.host}:${address.port}/${name}`
      },
      removePlace: async (place) => {
        const name = new URL(place).pathname.slice(1)
        await withMariadb(url, async (connection) => {
          await connection.query(`drop database if exists ${name}`)
          await connection.query(`drop user if exists ${name}@'%'`)
        })
      },
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
