import type { Desk } from '../src/desk.ts'
import { createApp } from '../src/http/app.ts'
import { createDeliveryLog } from '../src/relay/delivery-log.ts'
import { openStorages } from '../src/storages/storages.ts'
import { bookOnce } from './book-once.ts'

/** Makes one booking and is killed by the first thing that happens after its commit: it never comes to answer. */
const [folder = '', roomId = ''] = process.argv.slice(2)
const sqlite = openStorages({ folder, timeoutMs: 5000 }).find(({ name }) => name === 'sqlite')
if (!sqlite) throw new Error('There is no SQLite storage')
const { storage } = sqlite
const transaction: typeof storage.transaction = (work, options) =>
  storage.transaction((tx) => {
    tx.afterCommit(() => void process.kill(process.pid, 'SIGKILL'))
    return work(tx)
  }, options)
const desk: Desk = { ...sqlite, storage: { ...storage, transaction }, deliveries: createDeliveryLog(() => {}) }
bookOnce(createApp({ desks: [desk], report: (sentence) => console.error(sentence) }), roomId).then(({ status }) =>
  console.error(`It was not killed, and answered ${status}`),
)
