import type { AnyEntity } from '@portolan/ports'
import type { Case } from './case.ts'

export function entityCases(_entity: AnyEntity): readonly Case[] {
  return []
}
