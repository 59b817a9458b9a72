/** One thing that the database keeps for an entity, and the idempotent statement that makes it. */
export interface SchemaObject {
  readonly entity: string
  readonly kind: 'table' | 'index' | 'trigger' | 'extension' | 'constraint'
  readonly name: string
  readonly statement: string
}
