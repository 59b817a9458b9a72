import { randomUUID } from 'node:crypto'
import type { StoredEntity } from '@portolan/adapter-kit'
import type { SchemaProblem } from '@portolan/ports'
import type { Connection, Reply } from './client.ts'
import { definitionOf } from './definition.ts'
import type { Schema } from './engine.ts'
import { failing } from './errors.ts'
import type { Keyspace } from './keys.ts'
import type { RedisOptions } from './options.ts'
import { definition as storeDefinition } from './scripts/definitions.ts'
import { checkSettings, settingProblems } from './settings.ts'
import { definitionsOn, lacking } from './stored-definitions.ts'

export function schemaOn(
  connection: Connection,
  keyspace: Keyspace,
  { allowEviction = false }: Pick<RedisOptions, 'allowEviction' | 'durability'>,
): Schema {
  const definitions = definitionsOn(connection, keyspace, allowEviction)

  const create = async (entity: StoredEntity, deadline: number): Promise<void> => {
    const fresh = definitionOf(entity)
    const revision = randomUUID()
    const text = JSON.stringify(fresh)
    const call = ['', revision, text, 0]
    const reply = (await connection.run(storeDefinition, keyspace.entity(fresh), call, deadline)) as readonly Reply[]
    const [word, ...told] = reply.map(String)
    if (word === 'ok') definitions.learn(entity.name, revision, text)
    else if (word === 'definition') definitions.learn(entity.name, told[0] ?? '', told[1] ?? '')
    else throw failing('schema-mismatch', `rows of ${entity.name} are stored without a definition; remove its keys`)
  }

  return {
    definitions,
    prepare: definitions.prepare,
    async apply(entities, { deadline }) {
      const { facts, found } = await definitions.read(
        entities.map(({ name }) => name),
        deadline,
      )
      checkSettings(facts, allowEviction)
      for (const [index, entity] of entities.entries())
        if (found[index]?.kind === 'none') await create(entity, deadline)
      await definitions.of(
        entities.map(({ name }) => name),
        'write',
        deadline,
      )
    },
    async verify(entities, { deadline }) {
      const { found } = await definitions.read(
        entities.map(({ name }) => name),
        deadline,
      )
      return entities.flatMap((entity, index): SchemaProblem[] => {
        const one = found[index]
        if (one?.kind === 'known') return lacking(one.known.definition, entity)
        const message = `${entity.name} is not stored here; run schema.apply()`
        return [
          one?.kind === 'unfit' ? one.problem : { entity: entity.name, kind: 'definition', name: entity.name, message },
        ]
      })
    },
    async probe({ deadline }) {
      return settingProblems((await definitions.read([], deadline)).facts, allowEviction)
    },
  }
}
