import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { expect, test } from 'vitest'
import { mariadb } from '../src/index.ts'
import { wanted } from './wanted.ts'

const server = wanted('mariadb', mariadb)

async function query(url: string, text: string): Promise<unknown[]> {
  const connection = await createConnection({ uri: url, multipleStatements: true })
  try {
    const [rows] = await connection.query<RowDataPacket[] | RowDataPacket[][]>({ sql: text, rowsAsArray: true })
    return Array.isArray(rows) ? rows.flat() : []
  } finally {
    connection.destroy()
  }
}

test('MariaDB answers: a place is an empty database of an ordinary user', async (context) => {
  const shared = await server.shared(context)
  expect(shared.version).toMatch(/^MariaDB \d+\.\d+/)
  expect(process.env.PORTOLAN_MARIADB_URL).toContain(`:${shared.address.port}`)
  const [place, foreign] = [await shared.createPlace(), await shared.createPlace()]
  await query(place, "create table t (x varchar(9)) engine=innodb; insert into t values ('\u{1f9ed}')")
  expect(await query(shared.adminUrl(place), 'select x from t')).toEqual(['\u{1f9ed}'])
  const name = new URL(place).pathname.slice(1)
  await expect(query(foreign, `select x from ${name}.t`)).rejects.toThrow(/denied/)
  await expect(query(place, 'create user stranger')).rejects.toThrow(/denied/)
  await shared.removePlace(place)
  await expect(query(place, 'select 1')).rejects.toThrow(/Access denied/)
})

test('MariaDB lets nobody in with a wrong password, or without a name', async (context) => {
  const { address, adminUrl } = await server.own(context)
  const wrong = new URL(adminUrl())
  wrong.password = 'wrong'
  await expect(query(wrong.href, 'select 1')).rejects.toThrow(/Access denied/)
  wrong.password = ''
  await expect(query(wrong.href, 'select 1')).rejects.toThrow(/Access denied/)
  await expect(query(`mysql://${address.host}:${address.port}`, 'select 1')).rejects.toThrow(/Access denied/)
})

test('the own MariaDB stops at once and comes back with its data on its port', async (context) => {
  const own = await server.own(context)
  expect(own.address.port).not.toBe((await server.shared(context)).address.port)
  const place = await own.createPlace()
  await query(place, 'create table t (x int) engine=innodb; insert into t values (7)')
  await own.halt()
  await expect(query(place, 'select 1')).rejects.toThrow(/ECONNREFUSED/)
  await own.resume()
  expect(await query(place, 'select x from t')).toEqual([7])
  expect(await own.log()).toContain('ready for connections')
})
