import { type AnyStorageError, isStorageError, type StorageErrorCode } from '@portolan/ports'
import { type OwnRefusalCode, Refusal } from '../domain/refusal.ts'
import type { Answer } from './answer.ts'

/** What is wrong with a request as such, before any use case has seen it. */
export class RequestProblem extends Error {
  override readonly name = 'RequestProblem'
  readonly code: RequestCode
  readonly more: { readonly [member: string]: unknown }
  constructor(code: RequestCode, message: string, more: { readonly [member: string]: unknown } = {}) {
    super(message)
    this.code = code
    this.more = more
  }
}

export type RequestCode =
  | 'tenant-missing'
  | 'tenant-invalid'
  | 'not-found'
  | 'malformed-body'
  | 'body-too-large'
  | 'invalid-body'
  | 'invalid-parameter'
  | 'idempotency-key-missing'
  | 'idempotency-key-malformed'
  | 'idempotency-key-in-use'
  | 'idempotency-key-reused'

/** Problem details as RFC 9457 has them, with the code that programs tell problems by. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly [member: string]: unknown
}

type Kind = readonly [status: 400 | 404 | 409 | 413 | 422 | 500 | 503, title: string]

const requestKinds: { readonly [C in RequestCode | OwnRefusalCode]: Kind } = {
  'tenant-missing': [400, 'No tenant named'],
  'tenant-invalid': [400, 'Not a tenant name'],
  'not-found': [404, 'No such resource'],
  'malformed-body': [400, 'The body is not JSON'],
  'body-too-large': [413, 'The body is too large'],
  'invalid-body': [422, 'A property does not fit'],
  'invalid-parameter': [400, 'A parameter does not fit'],
  'idempotency-key-missing': [400, 'Idempotency-Key is missing'],
  'idempotency-key-malformed': [400, 'Idempotency-Key is malformed'],
  'idempotency-key-in-use': [409, 'A request with this Idempotency-Key is still running'],
  'idempotency-key-reused': [422, 'Idempotency-Key has been used for another request'],
  'room-not-found': [404, 'No such room'],
  'booking-not-found': [404, 'No such booking'],
  'day-full': [409, 'The day is full'],
}

const ownFault: Kind = [500, 'The front desk has a fault']

const storageKinds: { readonly [C in StorageErrorCode]: Kind } = {
  'invalid-value': [422, 'A value does not fit'],
  'invalid-query': [400, 'The list cannot be made this way'],
  'invalid-cursor': [400, 'The cursor belongs to no page of this list'],
  'too-large': [413, 'Too large to be stored'],
  duplicate: [409, 'It exists already'],
  'stale-version': [409, 'Somebody else has changed it meanwhile'],
  'condition-failed': [409, 'Its state does not allow that'],
  overlap: [409, 'The slot is taken'],
  'query-too-broad': [400, 'The list is too long'],
  'lease-lost': [409, 'Another caller has taken over'],
  unavailable: [503, 'The storage does not answer'],
  'transaction-conflict': [503, 'Too many changes at once'],
  'commit-unknown': [503, 'It is not known whether the change was made'],
  'invalid-definition': ownFault,
  'invalid-stored-value': ownFault,
  'transaction-doomed': ownFault,
  'after-commit-failed': ownFault,
  'access-denied': ownFault,
  'schema-mismatch': ownFault,
  unsupported: ownFault,
  misuse: ownFault,
  unexpected: ownFault,
}

const refusalKinds = { ...requestKinds, ...storageKinds }

/** The answer to any error. Of a fault of our own (500) the caller learns nothing but that; it belongs into the log. */
export function problemOf(error: unknown): Problem {
  if (error instanceof RequestProblem) return problem(error.code, requestKinds[error.code], error.message, error.more)
  if (error instanceof Refusal) return problem(error.code, refusalKinds[error.code], error.message, error.members)
  if (isStorageError(error)) return storageProblem(error)
  return problem('unexpected', ownFault, 'Nothing is wrong with the request. The log of the service says more.')
}

function storageProblem(error: AnyStorageError): Problem {
  // A newer copy of the ports may know more codes; `retryable` is the part of an error that stays.
  const kinds: { readonly [code: string]: Kind } = storageKinds
  const kind = kinds[error.code] ?? (error.retryable ? storageKinds.unavailable : ownFault)
  return problem(error.code, kind, detailOf(error, kind), membersOf(error))
}

function detailOf(error: AnyStorageError, kind: Kind): string {
  if (error.code === 'commit-unknown')
    return 'Repeat the request with the same Idempotency-Key: you will learn the outcome, and it will not run twice.'
  if (kind[0] === 503) return 'Nothing was changed. Repeat the request in a moment.'
  if (kind[0] === 500) return 'Nothing is wrong with the request. The log of the service says more.'
  return error.message.endsWith('.') ? error.message : `${error.message}.`
}

/** What a program needs to act on the problem. Ids are the caller's own tenant's: the scope sees to that. */
function membersOf(error: AnyStorageError): object {
  switch (error.code) {
    case 'duplicate':
      return { existing: error.data.id }
    case 'invalid-value':
      return { property: error.data.field }
    default:
      return {}
  }
}

function problem(code: string, [status, title]: Kind, detail: string, more: object = {}): Problem {
  return { type: `/problems/${code}`, title, status, detail, code, ...more }
}

/** `code` and title of each problem, for the page that `type` points to. */
export function problemTitle(code: string): string | null {
  const kinds: { readonly [code: string]: Kind } = { ...requestKinds, ...storageKinds }
  return Object.hasOwn(kinds, code) ? (kinds[code]?.[1] ?? null) : null
}

export function problemAnswer(problem: Problem): Answer {
  const headers: Record<string, string> = { 'Content-Type': 'application/problem+json' }
  if (problem.status === 503) headers['Retry-After'] = '2'
  if (problem.code === 'idempotency-key-in-use') headers['Retry-After'] = '1'
  return { status: problem.status, headers, body: JSON.stringify(problem) }
}
