import { createHash } from 'node:crypto'
import { isStorageError, type Json, type Transaction } from '@portolan/ports'
import type { AnyStorage } from '../domain/any-storage.ts'
import { type Answer, respond } from './answer.ts'
import { problemAnswer, problemOf, RequestProblem } from './problem.ts'

export interface OnceRequest {
  /** The route, so that one key may serve two of them. */
  readonly route: string
  readonly tenantId: string
  readonly key: string
  /** What the request asks for: the same key with another content is refused. */
  readonly content: Json
}

type Work = (tx: Transaction<unknown>) => Promise<Answer>

const leaseMs = 30_000
const keepMs = 24 * 3_600_000

/**
 * Runs the work once for all requests of one key. The answer is stored in the very transaction of the work, so there is no
 * moment at which a booking exists and its answer does not: a repeat after a crash either finds both or runs for the first
 * time. A refusal (4xx) is an answer too, and is stored as well; after any other error the key is free again.
 */
export async function respondOnce(storage: AnyStorage, request: OnceRequest, work: Work): Promise<Response> {
  const { route, tenantId, key, content } = request
  const fingerprint = createHash('sha256').update(JSON.stringify(content)).digest('hex')
  const reserved = await storage
    .idempotency()
    .reserve({ namespace: route, key, scope: { tenantId }, fingerprint, leaseMs, keepMs })
  switch (reserved.state) {
    case 'replay':
      return respond(reserved.result as Answer, { 'Idempotency-Replayed': 'true' })
    case 'in-progress':
      throw new RequestProblem(
        'idempotency-key-in-use',
        'The first request with this key still runs: repeat in a moment.',
      )
    case 'mismatch':
      throw new RequestProblem(
        'idempotency-key-reused',
        'This key belongs to a request of another content: take a new one.',
      )
    case 'reserved':
      return respond(await runReserved(storage, reserved.token, work))
  }
}

async function runReserved(storage: AnyStorage, token: string, work: Work): Promise<Answer> {
  try {
    return await storage.transaction(async (tx) => {
      const answer = await work(tx)
      await tx.idempotency().complete(token, answer)
      return answer
    })
  } catch (error) {
    // It may be committed or not: with a release the work could run twice. The lease ends by itself, and if the transaction
    // did commit, its answer is there for the repeat. A lost lease is not ours to release.
    if (isStorageError(error, 'commit-unknown') || isStorageError(error, 'lease-lost')) throw error
    const problem = problemOf(error)
    if (problem.status >= 500) {
      // A key that can't be released now is free when its lease has run out.
      await storage
        .idempotency()
        .release(token)
        .catch(() => {})
      throw error
    }
    const answer = problemAnswer(problem)
    await storage.idempotency().complete(token, answer)
    return answer
  }
}
