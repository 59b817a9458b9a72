import { redisStorage } from '@portolan/redis'
import { isFound, redis } from '@portolan-tooling/test-servers'
import { Redis } from 'ioredis'

/**
 * get and set of the key-value port beside bare GET and SET of the same client: callers in parallel, each of which waits for its
 * answer before it asks again. Rounds take turns; figures vary from run to run, so the ratios are what counts.
 */
const runs = [
  { callers: 16, calls: 20_000 },
  { callers: 1, calls: 2_000 },
]
const keys = 4_000
const repeats = 11
const value = 'v'.repeat(100)
const key = (index: number): string => `key-${index % keys}`

// Not one of its own, which would write to its disk before each answer.
const server = await redis()
if (!isFound(server)) {
  console.log(`NOT RUN: ${server.missing}`)
  process.exit()
}
const client = new Redis(await server.createPlace())
const storage = redisStorage(client, { entities: [] })
await storage.schema.apply()
const store = storage.keyValue('space')
for (let index = 0; index < keys; index++) {
  await client.set(key(index), value)
  await store.set(key(index), value)
}

type Way = (index: number) => Promise<unknown>
const ways: readonly (readonly [name: string, bare: Way, ours: Way])[] = [
  ['get', (index) => client.get(key(index)), (index) => store.get(key(index))],
  ['set', (index) => client.set(key(index), value), (index) => store.set(key(index), value)],
  [
    'set with a ttl',
    (index) => client.set(key(index), value, 'PX', 600_000),
    (index) => store.set(key(index), value, { ttlMs: 600_000 }),
  ],
  ['set on its revision', (index) => client.set(key(index), value), (index) => setOnRevision(index)],
  ['delete', (index) => client.del(`none-${index}`), (index) => store.delete(`none-${index}`)],
]

const revisions: (string | null)[] = []
async function setOnRevision(index: number): Promise<void> {
  const revision = revisions[index % keys] ?? undefined
  const fresh = await store.set(key(index), value, { revision })
  if (fresh === null) throw new Error('the revision was not the current one')
  revisions[index % keys] = fresh
}

/** Calls per second. */
async function throughput(way: Way, { callers, calls }: (typeof runs)[number]): Promise<number> {
  let next = 0
  const before = performance.now()
  const caller = async (): Promise<void> => {
    while (next < calls) await way(next++)
  }
  await Promise.all(Array.from({ length: callers }, caller))
  return (calls * 1_000) / (performance.now() - before)
}

function median(values: readonly number[]): number {
  return [...values].sort((one, two) => one - two)[Math.floor(values.length / 2)] ?? Number.NaN
}

console.log(`${server.version}, ${process.version}: calls per second, and how much of the bare command that is`)
for (const run of runs) {
  console.log(`${run.callers} in parallel`.padEnd(22), 'ioredis'.padStart(8), 'Portolan'.padStart(9))
  for (const [name, bare, ours] of ways) {
    revisions.length = 0
    for (const way of [bare, ours]) await throughput(way, run)
    const measured: [number, number][] = []
    for (let repeat = 0; repeat < repeats; repeat++)
      measured.push([await throughput(bare, run), await throughput(ours, run)])
    const [host, port] = [0, 1].map((at) => median(measured.map((figures) => figures[at] ?? 0)).toFixed(0))
    const ratio = median(measured.map(([one, other]) => other / one)).toFixed(2)
    console.log(name.padEnd(22), host?.padStart(8), port?.padStart(9), ratio.padStart(6))
  }
}

await storage.close()
client.disconnect()
await server.stop()
