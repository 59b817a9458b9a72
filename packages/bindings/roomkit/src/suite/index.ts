import type { RoomKitCase } from './case.ts'
import { changeCases } from './cases/changes.ts'
import { conflictRaces } from './cases/conflict-races.ts'
import { conflictCases } from './cases/conflicts.ts'
import { listCases } from './cases/lists.ts'
import { placeCases } from './cases/places.ts'
import { planningCases } from './cases/planning.ts'

export { type RoomKitCase, runRoomKitCase, type World } from './case.ts'
export type { HostStorages, RoomKitPlace, RoomKitTarget } from './target.ts'

/** Everything that RoomKit needs of its storages, one promise each. They belong to no test runner. */
export const roomKitCases: readonly RoomKitCase[] = [
  ...conflictRaces,
  ...conflictCases,
  ...changeCases,
  ...listCases,
  ...placeCases,
  ...planningCases,
]
