import { shareServers } from '@portolan-tooling/test-servers/share'

const share = shareServers('postgres15')

/** Postgres once for all test files. Where it cannot be had, the tests on it are left out, and that is said; never in silence. */
export default async function servers(): Promise<() => Promise<void>> {
  const stop = await share()
  if (!process.env.PORTOLAN_POSTGRES_15_URL) {
    const missing = 'NOT RUN: the front desk on Postgres, because there is no server'
    if (process.env.REQUIRE_ALL === '1') {
      await stop()
      throw new Error(`${missing}, and REQUIRE_ALL=1 asks for all`)
    }
    process.stdout.write(`${missing}\n`)
  }
  return stop
}
