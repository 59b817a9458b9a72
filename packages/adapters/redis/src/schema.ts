import type { StoredEntity } from '@portolan/adapter-kit'
import type { SchemaProblem } from '@portolan/ports'
import type { Connection } from './client.ts'
import type { Schema } from './engine.ts'
import { classify } from './errors.ts'
import type { Keyspace } from './keys.ts'
import type { RedisOptions } from './options.ts'
import { applyEntity } from './schema/apply.ts'
import { censusProblems } from './schema/census.ts'
import { type Applying, countsOf } from './schema/steps.ts'
import { definitionsOn, mismatchOf } from './schema/stored-definitions.ts'
import { checkRights, checkSettings, durabilityProblems, settingProblems } from './settings.ts'

export function schemaOn(
  connection: Connection,
  keyspace: Keyspace,
  { allowEviction = false, durability = 'none' }: Pick<RedisOptions, 'allowEviction' | 'durability'>,
): Schema {
  const definitions = definitionsOn(connection, keyspace, allowEviction)
  const named = (entities: readonly StoredEntity[]): string[] => entities.map(({ name }) => name)

  const problemsOf = async (applying: Applying, entity: StoredEntity): Promise<readonly SchemaProblem[]> => {
    while (true) {
      const found = definitions.current(entity.name)
      if (found.kind !== 'known') return definitions.problems(entity)
      const counts = await countsOf(applying, found.known)
      if (counts) return [...definitions.problems(entity), ...censusProblems(found.known.definition, counts)]
    }
  }

  return {
    definitions,
    prepare: definitions.prepare,
    /** The entities one after the other; what keeps one of them from being applied is thrown after the others were. */
    async apply(entities, { deadline }) {
      const { facts } = await definitions.read(named(entities), deadline)
      checkSettings(facts, allowEviction)
      checkRights(facts)
      const refused = new Map<string, readonly SchemaProblem[]>()
      for (const entity of entities)
        try {
          await applyEntity({ connection, keyspace, definitions, deadline }, entity)
        } catch (error) {
          const { code, problems } = classify(error) ?? {}
          if (code !== 'schema-mismatch') throw error
          refused.set(entity.name, problems ?? [])
        }
      const [first] = refused.keys()
      if (first !== undefined) throw mismatchOf(first, [...refused.values()].flat())
    },
    async verify(entities, { deadline }) {
      await definitions.read(named(entities), deadline)
      const applying = { connection, keyspace, definitions, deadline }
      const problems = await Promise.all(entities.map((entity) => problemsOf(applying, entity)))
      return problems.flat()
    },
    async probe({ deadline }) {
      const { facts } = await definitions.read([], deadline)
      const lasting = durability === 'restart' ? await durabilityProblems(connection, deadline) : []
      return [...settingProblems(facts, allowEviction), ...lasting]
    },
  }
}
