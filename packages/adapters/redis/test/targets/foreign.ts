import type { Cluster, Redis } from 'ioredis'
import { type Definition, placesOf } from '../../src/definition.ts'
import { decodeTexts, encodeMessage } from '../../src/encoding/message.ts'
import { keyspace } from '../../src/keys.ts'

async function definitionAt(client: Redis | Cluster, prefix: string, entity: string): Promise<Definition> {
  const stored = await client.hget(keyspace(prefix, null).definition(entity), 'definition')
  if (stored === null) throw new Error(`${entity} is not stored here`)
  return JSON.parse(stored) as Definition
}

/** Changes a row past all scripts. Redis holds texts alone, so anything else cannot be met there. */
export async function foreignWrite(
  client: Redis | Cluster,
  prefix: string,
  { entity, id, field, value }: { entity: string; id: string; field: string; value: unknown },
): Promise<void> {
  if (typeof value !== 'string') throw new Error('rows hold texts alone')
  const definition = await definitionAt(client, prefix, entity)
  const [, rows = ''] = keyspace(prefix, null).entity(definition)
  const places = placesOf(definition)
  const at = (name: string): number => (places.get(name) ?? 0) - 1
  for (const [key, blob] of Object.entries(await client.hgetallBuffer(rows))) {
    const row = decodeTexts(blob)
    if (row[at('id')] !== id) continue
    row[at(field)] = value
    await client.hset(rows, key, encodeMessage(row.map((one) => one ?? false)))
    return
  }
  throw new Error(`there is no such row of ${entity}`)
}

/** All keys of an entity, its definition among them. */
export async function dropEntity(client: Redis | Cluster, prefix: string, entity: string): Promise<void> {
  await client.del(...keyspace(prefix, null).entity(await definitionAt(client, prefix, entity)))
}
