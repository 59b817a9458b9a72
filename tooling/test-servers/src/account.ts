import { execFileSync } from 'node:child_process'
import { chownSync } from 'node:fs'

export interface Account {
  readonly uid: number
  readonly gid: number
}

/** Servers that refuse to run as root run under an account without rights; undefined where this process is not root. */
export function accountForServers(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = [idOf('-u', name), idOf('-g', name)]
    if (uid !== undefined && gid !== undefined) return { uid, gid }
  }
  throw new Error('this process is root, and there is no account "nobody" to run a server under')
}

function idOf(option: '-u' | '-g', name: string): number | undefined {
  try {
    return Number(execFileSync('id', [option, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
  } catch {
    return undefined
  }
}

export function giveTo(account: Account | undefined, ...paths: readonly string[]): void {
  if (account) for (const path of paths) chownSync(path, account.uid, account.gid)
}
