import { fileURLToPath } from 'node:url'
import { type FrontDesk, openFrontDesk } from './front-desk.ts'

const longestGoodbyeMs = 10_000

async function main(): Promise<void> {
  const say = (line: string) => process.stdout.write(`${line}\n`)
  const port = Number(process.env.PORT || 3000)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error('PORT must be a whole number from 0 to 65535.')
  }
  const folder = process.env.FRONT_DESK_DATA || fileURLToPath(new URL('../data/', import.meta.url))
  const urls = { postgresUrl: postgresUrl(process.env), redisUrl: redisUrl(process.env) }
  const opening = openFrontDesk({ folder, port, log: say, ...urls })
  closeOnSignal(opening, say)
  const { address } = await opening
  say(`Front desk is open at ${address}`)
}

/** DATABASE_URL may be somebody's own, of another database: then it is not for us. */
function postgresUrl({ PORTOLAN_POSTGRES_URL, DATABASE_URL = '' }: NodeJS.ProcessEnv): string | undefined {
  return PORTOLAN_POSTGRES_URL || (/^postgres(ql)?:/.test(DATABASE_URL) ? DATABASE_URL : undefined)
}

function redisUrl({ PORTOLAN_REDIS_URL, REDIS_URL }: NodeJS.ProcessEnv): string | undefined {
  return PORTOLAN_REDIS_URL || REDIS_URL || undefined
}

/** Ctrl-C reaches a program twice where a package manager passes it on as well: the second one changes nothing. */
function closeOnSignal(opening: Promise<FrontDesk>, say: (line: string) => void): void {
  let closing = false
  const close = async () => {
    if (closing) return
    closing = true
    setTimeout(() => process.exit(1), longestGoodbyeMs).unref()
    const desk = await opening.catch(() => null)
    await desk?.close()
    say('Front desk is closed.')
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => void close().catch((error: unknown) => fail('did not close', error)))
  }
}

function fail(what: string, error: unknown): void {
  process.stderr.write(`The front desk ${what}: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}

main().catch((error: unknown) => fail('cannot open', error))
