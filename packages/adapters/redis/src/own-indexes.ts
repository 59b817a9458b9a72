import { OutboxMessage, type StoredEntity } from '@portolan/adapter-kit'

/**
 * What the outbox needs here besides the indexes that it has everywhere. Messages that are leased stay at the head of `byState` until
 * they are settled, and a claim would read every one of them on its way; here those without a lease are a range of their own, in
 * the order of claims, and so are those whose lease has run out.
 */
const ofMessages = {
  byLease: ['state', 'leasedUntil', 'availableAt'],
  byTopicAndLease: ['topic', 'state', 'leasedUntil', 'availableAt'],
}

/** As it is stored: queries use every index that is there, whoever asked for it. */
export function withOwnIndexes(entity: StoredEntity): StoredEntity {
  if (entity.name !== OutboxMessage.name) return entity
  return { ...entity, indexes: { ...entity.indexes, ...ofMessages } }
}
