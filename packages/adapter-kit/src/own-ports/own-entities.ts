import {
  type Describe,
  defineEntity,
  type Entity,
  type EntityOf,
  instant,
  integer,
  type Json,
  json,
  oneOf,
  text,
} from '@portolan/ports'

/**
 * What the key-value, outbox and idempotency ports store: entities like any other, so that they can be mapped to a user's own
 * tables, and take part in transactions as rows do. Nobody but the ports should write to them.
 */
export const KeyValueEntry: Entity<
  Describe<{
    name: 'portolan_key_value_entry'
    fields: { namespace: string; key: string; value: string; revision: string; expiresAt: string | null }
    optional: 'expiresAt'
    instants: 'expiresAt'
  }>
> = defineEntity({
  name: 'portolan_key_value_entry',
  fields: { namespace: text(), key: text(), value: text(), revision: text(), expiresAt: instant().nullable() },
  indexes: { byNamespace: ['namespace'], byExpiry: ['expiresAt'] },
})
export type KeyValueEntry = EntityOf<typeof KeyValueEntry>

/**
 * `attemptsLeft` instead of attempts made: a claim can then ask for messages that have one left without comparing two columns.
 * Delivered messages stay until they are purged.
 */
export const OutboxMessage: Entity<
  Describe<{
    name: 'portolan_outbox_message'
    fields: {
      topic: string
      payload: Json
      state: 'pending' | 'delivered' | 'dead'
      availableAt: string
      leasedUntil: string | null
      token: string | null
      maxAttempts: number
      attemptsLeft: number
      enqueuedAt: string
      deliveredAt: string | null
      lastError: string | null
    }
    optional: 'leasedUntil' | 'token' | 'deliveredAt' | 'lastError'
    instants: 'availableAt' | 'leasedUntil' | 'enqueuedAt' | 'deliveredAt'
    json: 'payload'
  }>
> = defineEntity({
  name: 'portolan_outbox_message',
  fields: {
    topic: text(),
    payload: json<Json>(),
    state: oneOf('pending', 'delivered', 'dead'),
    availableAt: instant(),
    leasedUntil: instant().nullable(),
    token: text().nullable(),
    maxAttempts: integer(),
    attemptsLeft: integer(),
    enqueuedAt: instant(),
    deliveredAt: instant().nullable(),
    lastError: text().nullable(),
  },
  indexes: {
    byState: ['state', 'availableAt'],
    byTopic: ['topic', 'state', 'availableAt'],
    byDelivery: ['state', 'deliveredAt'],
    byTopicAndDelivery: ['topic', 'state', 'deliveredAt'],
  },
})
export type OutboxMessage = EntityOf<typeof OutboxMessage>

/** `keepUntil` is when the record may be forgotten; null: never. `result` is null exactly until the record is completed. */
export const IdempotencyRecord: Entity<
  Describe<{
    name: 'portolan_idempotency_record'
    fields: {
      namespace: string
      key: string
      scopeKey: string
      fingerprint: string
      state: 'reserved' | 'completed'
      token: string
      leasedUntil: string | null
      keepUntil: string | null
      result: Json
    }
    optional: 'leasedUntil' | 'keepUntil' | 'result'
    instants: 'leasedUntil' | 'keepUntil'
    json: 'result'
  }>
> = defineEntity({
  name: 'portolan_idempotency_record',
  fields: {
    namespace: text(),
    key: text(),
    scopeKey: text(),
    fingerprint: text(),
    state: oneOf('reserved', 'completed'),
    token: text(),
    leasedUntil: instant().nullable(),
    keepUntil: instant().nullable(),
    result: json<Json>().nullable(),
  },
  indexes: { byKeepUntil: ['keepUntil'] },
})
export type IdempotencyRecord = EntityOf<typeof IdempotencyRecord>
