import type { HonoRequest } from 'hono'
import { RequestProblem } from './problem.ts'

/**
 * The header of draft-ietf-httpapi-idempotency-key-header: a structured-field string, so in quotes. A bare value of
 * visible characters, which most clients send, counts as the same key.
 */
export function readIdempotencyKey(request: HonoRequest): string {
  const header = request.header('Idempotency-Key')?.trim()
  if (!header) {
    const why =
      'This request must carry an Idempotency-Key: any text that is new for each booking, and the same for each repeat.'
    throw new RequestProblem('idempotency-key-missing', why)
  }
  const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])+)"$/.exec(header)?.[1]
  if (quoted !== undefined) return quoted.replace(/\\(["\\])/g, '$1')
  if (/^[\x21\x23-\x2b\x2d-\x3a\x3c-\x7e]+$/.test(header)) return header
  throw new RequestProblem('idempotency-key-malformed', 'Idempotency-Key takes one text in double quotes.')
}
