import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise'

/** Does something as the one whom the URL names, over a connection of its own. */
export async function withMariadb<T>(url: string, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await createConnection({ uri: url, connectTimeout: 10_000 })
  connection.on('error', () => {})
  try {
    return await work(connection)
  } finally {
    await connection.end().catch(() => {})
  }
}

/** '10.11.19' */
export const mariadbVersionAt = (url: string): Promise<string> =>
  withMariadb(url, async (connection) => {
    const [rows] = await connection.query<RowDataPacket[]>('select version() as version')
    return String(rows[0]?.version ?? '?').split('-')[0] ?? '?'
  })
