import type { Failure, Phase } from '@portolan/adapter-kit'
import { chainOf } from './errors.ts'

const unavailable = (message: string): Failure => ({ code: 'unavailable', message })
const denied = (message: string): Failure => ({ code: 'access-denied', message })

/** An answer that never came: of a lone write or a commit nobody knows what became. */
export function lost(phase: Phase): Failure {
  return phase === 'write' || phase === 'commit'
    ? {
        code: 'commit-unknown',
        message:
          'the connection to PostgreSQL was lost before the answer came; whether this write is stored is unknown: read it back before repeating it',
      }
    : unavailable('the connection to PostgreSQL was lost; try again')
}

const unreachable = 'PostgreSQL cannot be reached: check that it runs, and the host, port and network of the connection'
const unanswered =
  'PostgreSQL accepted no connection in time: check that it runs and is not overloaded, or raise the connection timeout'
const exhausted =
  'no connection of the pool became free in time: end transactions that hold one, make the pool larger, or raise its timeout'

/** Raised before anything is sent: a name that is none, a port that nobody listens on, a host that nobody reaches. */
const neverSent: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'ENOENT',
])
/** Of a connection that may have carried the statement already, unless it was still being made. */
const broken: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'ETIMEDOUT',
  'EPIPE',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
  'ERR_STREAM_PREMATURE_CLOSE',
  // postgres.js
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
])

/** What clients say without a code of the server's. Nothing of their words is handed on: a URL in them may hold a password. */
export function classifyConnection(error: unknown, phase: Phase): Failure | null {
  for (const each of chainOf(error)) {
    const { code, syscall, message } = each as { code?: unknown; syscall?: unknown; message?: unknown }
    if (typeof code === 'string') {
      const failure = byCode(code, syscall, phase)
      if (failure) return failure
    }
    if (typeof message === 'string') {
      const failure = byWords(message, phase)
      if (failure) return failure
    }
  }
  return null
}

function byCode(code: string, syscall: unknown, phase: Phase): Failure | null {
  const connecting = syscall === 'connect' || syscall === 'getaddrinfo'
  if (neverSent.has(code) && (code !== 'ENOENT' || connecting)) return unavailable(unreachable)
  if (broken.has(code)) return connecting ? unavailable(unanswered) : lost(phase)
  if (code === 'CONNECT_TIMEOUT') return unavailable(unanswered)
  if (code === 'CONNECTION_ENDED') return unavailable(closed)
  if (/^SASL_|^AUTH_TYPE_NOT_IMPLEMENTED$/.test(code)) return denied(credentials)
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|^ERR_(SSL|TLS)_/.test(code)) return denied(untrusted)
  return null
}

const closed = 'the client of PostgreSQL has been closed; open it anew'
const credentials =
  'PostgreSQL and the client could not agree on the password: check that the connection has one, and that it is right'
const untrusted =
  "the client does not trust the server's certificate: give it the authority's certificate, or correct the host name"

/** The sentences of pg and pg-pool, which are plain errors. */
function byWords(message: string, phase: Phase): Failure | null {
  if (/^timeout exceeded when trying to connect/.test(message)) return unavailable(exhausted)
  if (/^(Connection terminated due to connection timeout|timeout expired)/.test(message)) return unavailable(unanswered)
  if (/^Connection terminated|^Query read timeout|^Connection ended unexpectedly/.test(message)) return lost(phase)
  // The client refuses before it sends anything.
  if (/^Client has encountered a connection error and is not queryable/.test(message))
    return unavailable('the connection to PostgreSQL was lost; try again')
  if (/^Client was closed and is not queryable|^Cannot use a pool after calling end on the pool/.test(message))
    return unavailable(closed)
  if (/^The server does not support SSL connections/.test(message))
    return denied('the connection asks for TLS, which the server does not offer: turn one of them on or the other off')
  if (/^SASL: /.test(message)) return denied(credentials)
  return null
}
