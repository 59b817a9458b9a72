const kinds = [
  'text()',
  'integer()',
  'instant()',
  `oneOf('a', 'b', 'c')`,
  'json<string[]>().nullable()',
  'boolean().default(true)',
]
const values = [`''`, '1', 'new Date()', `'a'`, 'null', 'false']

/** Modules with that many entities, and with the calls that an application makes on each. */
export function manyEntities(entities: number, fields: number): Record<string, string> {
  const files: Record<string, string> = {}
  for (let entity = 0; entity < entities; entity++) {
    const names = Array.from({ length: fields }, (_, field) => `field${field}`)
    const defined = names.map((name, index) => `    ${name}: ${kinds[index % kinds.length]},`)
    const given = names.map((name, index) => `${name}: ${values[index % values.length]}`)
    files[`entity-${entity}.ts`] =
      `import { boolean, defineEntity, type EntityOf, instant, integer, json, oneOf, text } from '@portolan/ports'
import { storage } from './storage.ts'

export const Entity${entity} = defineEntity({
  name: 'entity${entity}',
  scope: 'tenantId',
  fields: {
${defined.join('\n')}
  },
  unique: { natural: ['field0', 'field1'] },
  indexes: { byTime: ['field2', 'createdAt'] },
  versioned: true,
  timestamps: true,
})
export type Entity${entity} = EntityOf<typeof Entity${entity}>

export async function use(): Promise<Entity${entity} | null> {
  const repository = storage.repository(Entity${entity}, { tenantId: 't' })
  const values = { ${given.join(', ')} } as const
  const { row } = await repository.insertOrGet('natural', values)
  await repository.insert(values, { unless: { field1: { gt: 1 } }, guard: 'g' })
  await repository.find({ where: { field0: { startsWith: 'x' }, or: [{ field2: { lt: new Date() } }] }, orderBy: { field2: 'asc' } })
  await repository.page({ limit: 20, select: ['id', 'field3', 'version'], where: { field3: { in: ['a', 'b'] } } })
  await repository.update(row.id, { field1: { increment: 1 }, field3: 'b' }, { version: row.version })
  await repository.delete(row.id, { where: { field5: true } })
  return await repository.getBy('natural', { field0: '', field1: 1 })
}
`
  }
  files['storage.ts'] = `import type { Storage } from '@portolan/ports'
export declare const storage: Storage<{ connection: number }>
`
  return files
}
