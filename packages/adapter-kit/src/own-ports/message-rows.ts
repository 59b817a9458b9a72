import type { ClaimedMessage, ListedMessage, Message, MessageState } from '@portolan/ports'
import type { StoredRow } from '../spi/index.ts'
import { OutboxMessage } from './own-entities.ts'
import { readOwnRow, unexpectedOutcome } from './own-rows.ts'

export function readMessage(row: StoredRow): Message {
  return asMessage(readOwnRow(OutboxMessage, row))
}

export function readClaimed(row: StoredRow): ClaimedMessage {
  const stored = readOwnRow(OutboxMessage, row)
  const { token, leasedUntil } = stored
  if (token === null || leasedUntil === null) {
    return unexpectedOutcome(OutboxMessage.name, 'claim', { kind: 'a row without a lease' })
  }
  return { ...asMessage(stored), token, leasedUntil }
}

export function readListed(row: StoredRow, state: MessageState): ListedMessage {
  const stored = readOwnRow(OutboxMessage, row)
  return { ...asMessage(stored), state, leasedUntil: stored.leasedUntil }
}

function asMessage(stored: OutboxMessage): Message {
  const { id, topic, payload, maxAttempts, attemptsLeft, availableAt, enqueuedAt, lastError } = stored
  return {
    id,
    topic,
    payload,
    attempt: maxAttempts - attemptsLeft,
    maxAttempts,
    availableAt,
    createdAt: enqueuedAt,
    lastError,
  }
}
