import Database from 'better-sqlite3'

/** Another process that holds the write lock of a file: begins, writes, tells, and commits when it is told to. */
const [file = '', entity = ''] = process.argv.slice(2)
const database = new Database(file)
database.exec('begin immediate')
database.prepare(`update "${entity}" set "count" = "count" + 1`).run()
process.once('message', () => {
  database.exec('commit')
  database.close()
  process.disconnect()
})
process.send?.('holding')
