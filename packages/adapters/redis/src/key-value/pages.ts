import type { KeysPlan, KeysPage as PageOfKeys } from '@portolan/adapter-kit'
import type { Reply } from '../client.ts'
import type { KeysPage } from './part.ts'

export interface ReadPage {
  readonly page: PageOfKeys
  readonly digest: string
}

/** As ZRANGEBYLEX takes it; `\xff` is in no key, so it ends what begins with the prefix. */
export function rangeOf({ prefix, after, limit }: KeysPlan): KeysPage {
  const from = after === null ? `[${prefix}` : `(${after}`
  return [from, prefix === '' ? '+' : Buffer.concat([Buffer.from(`(${prefix}`), Buffer.of(0xff)]), limit]
}

/** The same keys whatever is added behind them: what a transaction has seen. */
export function rangeUntil([from, to]: KeysPage, next: string | null): KeysPage {
  return [from, next === null ? to : `[${next}`, -1]
}

export function readPage(reply: Reply): ReadPage {
  const [digest, next, keys] = reply as readonly [Buffer, Buffer, readonly Buffer[]]
  return { digest: String(digest), page: { keys: keys.map(String), next: next.length === 0 ? null : String(next) } }
}
