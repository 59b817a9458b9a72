import { type Failure, failing, ownFailure } from '@portolan/adapter-kit'

export { failing }

/** The phase doesn't matter: only where a command is handed over it is known whether it writes. */
export const classify: (error: unknown) => Failure | null = ownFailure

type Answer = { readonly code: Failure['code']; readonly message: string }

/** By the first word of an error reply. What stands here has written nothing: Redis refused before the script began. */
const refusals: { readonly [word: string]: Answer } = {
  NOAUTH: { code: 'access-denied', message: 'Redis asks for a password: give the client one' },
  WRONGPASS: { code: 'access-denied', message: 'Redis refuses the user name or password of the client' },
  NOPERM: {
    code: 'access-denied',
    message: 'the Redis user may not do this: it needs EVAL, EVALSHA, the data commands and the keys of the storage',
  },
  READONLY: {
    code: 'access-denied',
    message: 'this Redis is a replica and takes no writes: connect to the primary',
  },
  OOM: {
    code: 'unavailable',
    message: 'Redis has used up its maxmemory, so nothing can be written: delete something, or raise it',
  },
  LOADING: { code: 'unavailable', message: 'Redis is loading its data; try again in a moment' },
  MASTERDOWN: { code: 'unavailable', message: 'this Redis is a replica that has lost its primary' },
  BUSY: { code: 'unavailable', message: 'Redis is running a script for too long; try again in a moment' },
  CLUSTERDOWN: { code: 'unavailable', message: 'the Redis cluster is down, or does not cover all slots' },
  TRYAGAIN: { code: 'unavailable', message: 'the slot of this storage is being moved; try again in a moment' },
  MOVED: { code: 'unavailable', message: 'the slot of this storage is on another node: use a Cluster client' },
  ASK: { code: 'unavailable', message: 'the slot of this storage is being moved: use a Cluster client' },
  MISCONF: {
    code: 'unavailable',
    message: 'Redis cannot save to its disk and therefore takes no writes: look into its log',
  },
  NOREPLICAS: { code: 'unavailable', message: 'Redis has fewer replicas than it is set to ask for before it writes' },
  CROSSSLOT: {
    code: 'misuse',
    message: 'keys of one call lie in several slots: the keyPrefix of the client must hold no braces',
  },
  WRONGTYPE: {
    code: 'schema-mismatch',
    message: 'a key of the storage holds something else than Portolan put there: remove it, then apply the schema',
  },
}

function refusalIn(text: string): Answer | undefined {
  // So says Redis 7.0 of a command within a script, and later ones NOPERM.
  if (text.includes('The user executing the script')) return refusals.NOPERM
  return refusals[/^-?([A-Z]+)\b/.exec(text)?.[1] ?? '']
}

/** What a client tells by an event where the server does not let it in, and then tries again for ever; null for all else. */
export function notLetIn(event: unknown): Error | null {
  const { message, lastNodeError } = (event ?? {}) as { message?: unknown; lastNodeError?: { message?: unknown } }
  for (const text of [message, lastNodeError?.message]) {
    const known = typeof text === 'string' && /^(NOAUTH|WRONGPASS|NOPERM)\b/.test(text) ? refusalIn(text) : undefined
    if (known) return failing(known.code, known.message)
  }
  return null
}

/** Connections that broke, or could not be made, as ioredis and Node tell it. */
const connectionLost =
  /^(Connection is closed|Socket (closed|timeout)|Command timed out|Reached the max retries per request|Too many Cluster redirections|None of startup nodes|Failed to refresh slots|Cluster isn't ready|Stream isn't writeable)|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH/

/**
 * The failure of a command that was handed over to the client. Lost answers leave a write unknown: the command may have been
 * carried out, or ioredis may still repeat it, which its operation id makes harmless.
 */
export function commandFailure(error: unknown, writes: boolean): Error {
  if (classify(error)) return error as Error
  const { message, code } = (error ?? {}) as { message?: unknown; code?: unknown }
  const text = typeof message === 'string' ? message : ''
  const known = refusalIn(text)
  if (known) return failing(known.code, known.message)
  if (connectionLost.test(text) || (typeof code === 'string' && connectionLost.test(code))) return lost(writes)
  return error instanceof Error ? error : new Error('the client failed with something that is no error')
}

function lost(writes: boolean): Error {
  return writes
    ? failing(
        'commit-unknown',
        'the connection to Redis broke before the answer came, so the write may or may not be stored; read before you write it again',
      )
    : failing('unavailable', 'the connection to Redis broke before the answer came; try again')
}

export function unanswered(writes: boolean): Error {
  return writes
    ? failing(
        'commit-unknown',
        'Redis did not answer a write until the deadline, so it may or may not be stored; read before you write it again',
      )
    : failing('unavailable', 'Redis did not answer until the deadline; try again, or raise timeoutMs')
}

/** The script has seen that the deadline was over, and done nothing. */
export function tooLate(): Error {
  return failing(
    'unavailable',
    'the write came to Redis after its deadline, so it was not carried out; try again, or raise timeoutMs',
  )
}

/** Another version of this adapter has stored what the script meets. */
export function unknownAnswer(): Error {
  return failing('unexpected', 'a script of this adapter gave an answer that it does not know; use one version of it')
}

export function notReady(): Error {
  return failing(
    'unavailable',
    'the Redis client had no connection until the deadline, so nothing was sent: look whether the server can be reached',
  )
}
