import { failing } from '@portolan/adapter-kit'

export function conflict(message: string): Error {
  return failing('transaction-conflict', message)
}

export function rowConflict(entity: string, id: string): Error {
  return conflict(`${entity} ${id} was changed by another commit in the meantime; nothing was written, begin again`)
}
