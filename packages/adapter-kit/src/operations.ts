import type { KeyValueItem } from '@portolan/ports'
import type {
  ClaimPlan,
  CountPlan,
  DeleteEntryPlan,
  DeleteManyPlan,
  DeleteOutcome,
  DeletePlan,
  InsertOutcome,
  InsertPlan,
  KeysPage,
  KeysPlan,
  SelectPlan,
  SetEntryPlan,
  StoredRow,
  UpdateManyOutcome,
  UpdateManyPlan,
  UpdateOutcome,
  UpdatePlan,
} from './spi/index.ts'

/**
 * The driver's operations as the ports' implementations see them: bound to a session or to none, with native errors turned
 * into StorageErrors, conflicts of lone operations repeated, a transaction's end and doom checked, and each call reported to
 * `onOperation`.
 */
export interface Operations {
  readonly inTransaction: boolean
  select(plan: SelectPlan): Promise<StoredRow[]>
  count(plan: CountPlan): Promise<number>
  insert(plan: InsertPlan): Promise<InsertOutcome>
  update(plan: UpdatePlan): Promise<UpdateOutcome>
  updateMany(plan: UpdateManyPlan): Promise<UpdateManyOutcome>
  delete(plan: DeletePlan): Promise<DeleteOutcome>
  deleteMany(plan: DeleteManyPlan): Promise<number>
  claim(plan: ClaimPlan): Promise<StoredRow[]>
  now(): Promise<string>
  /** null: entries are rows. */
  readonly keyValue: KeyValueOperations | null
}

/** `NativeKeyValue` bound likewise. */
export interface KeyValueOperations {
  getMany(namespace: string, keys: readonly string[]): Promise<readonly (KeyValueItem | null)[]>
  set(plan: SetEntryPlan): Promise<string | null>
  delete(plan: DeleteEntryPlan): Promise<boolean>
  deleteMany(namespace: string, keys: readonly string[]): Promise<number>
  clear(namespace: string): Promise<void>
  keys(plan: KeysPlan): Promise<KeysPage>
  sweep(limit: number): Promise<number>
}
