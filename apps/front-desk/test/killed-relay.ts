import { writeSync } from 'node:fs'
import { startRelay } from '../src/relay/relay.ts'
import { openStorages } from '../src/storages/storages.ts'

/** A relay that is killed the moment it has delivered: it never comes to acknowledge. */
const [folder = ''] = process.argv.slice(2)
for (const { name, storage } of openStorages({ folder, timeoutMs: 5000 })) {
  if (name !== 'sqlite') continue
  startRelay(storage.outbox(), {
    leaseMs: 500,
    report: (sentence) => process.stderr.write(`${sentence}\n`),
    deliver: ({ topic, attempt }) => {
      writeSync(1, `${topic} attempt ${attempt}\n`)
      process.kill(process.pid, 'SIGKILL')
    },
  })
}
