import { shareServers } from '@portolan-tooling/test-servers/share'

const share = shareServers('postgres15', 'redis')

const wanted = [
  ['Postgres', 'PORTOLAN_POSTGRES_15_URL'],
  ['Redis', 'PORTOLAN_REDIS_URL'],
] as const

/** Each once for all test files. Where one cannot be had, the tests on it are left out, and that is said; never in silence. */
export default async function servers(): Promise<() => Promise<void>> {
  const stop = await share()
  for (const [name, variable] of wanted) {
    if (process.env[variable]) continue
    const missing = `NOT RUN: the front desk on ${name}, because there is no server`
    if (process.env.REQUIRE_ALL === '1') {
      await stop()
      throw new Error(`${missing}, and REQUIRE_ALL=1 asks for all`)
    }
    process.stdout.write(`${missing}\n`)
  }
  return stop
}
