import { StorageError } from '@portolan/ports'

/** RoomKit has no code for what is refused because something stands on it; the ports have one, which names what does. */
export function standing(entity: string, id: string, what: string, ids: readonly string[]): never {
  const sentence = `${entity} ${id} cannot be deleted while ${what} stand on it (${ids.join(', ')} and maybe more)`
  throw new StorageError('condition-failed', sentence, { entity, failed: 'unless', ids })
}

/** RoomKit has no code for a missing rule or bulk operation either. */
export function missing(entity: string, id: string): never {
  const sentence = `${entity} ${id} does not exist: look it up again`
  throw new StorageError('condition-failed', sentence, { entity, failed: 'where', ids: [id] })
}
