import { contradictions, type StoredEntity } from '@portolan/adapter-kit'
import type { SchemaProblem } from '@portolan/ports'
import { wrongType } from '../call.ts'
import { changed, definitionOf, entityOf, grown, type KnownDefinition, type PartKind, partsOf } from '../definition.ts'
import { unfitParts } from './census.ts'
import { type Applying, countsOf, fillPage, reindexRows, store } from './steps.ts'
import { mismatchOf } from './stored-definitions.ts'

/**
 * Makes the stored definition hold all that this entity declares, by steps that each leave it whole: any of them may be the last
 * one of this process, and another process may do the next. A step that meets another definition than it was made for does
 * nothing, and the next one is chosen by that. Definitions must have been read before.
 */
export async function applyEntity(applying: Applying, declared: StoredEntity): Promise<void> {
  const { definitions } = applying
  const violations = new Map<string, SchemaProblem>()
  await heal(applying, declared.name)
  while (true) {
    const found = definitions.current(declared.name)
    if (found.kind === 'unfit') throw mismatchOf(declared.name, [found.problem])
    if (found.kind === 'none') {
      await store(applying, null, definitionOf(declared), false)
      continue
    }
    const { definition } = found.known
    const contradicted = contradictions(entityOf(definition), declared)
    if (contradicted.length > 0) throw mismatchOf(declared.name, contradicted)
    const own = without(declared, violations)
    const wanted = grown(definition, own, 'filling')
    const added = wanted.next !== definition.next
    if (added || wanted.fields.length !== definition.fields.length) await store(applying, found.known, wanted, added)
    else if (partsOf(definition).some(({ kind, part }) => part.state === 'filling' && declares(own, kind, part.name)))
      await fillPage(applying, found.known, violations)
    else break
  }
  if (violations.size > 0) throw mismatchOf(declared.name, [...violations.values()])
}

/** Has parts filled anew that do not hold what they must, as where somebody has removed their keys. */
async function heal(applying: Applying, entity: string): Promise<void> {
  while (true) {
    const known = currentOf(applying, entity)
    if (!known) return
    const counts = await countsOf(applying, known)
    if (!counts) continue
    const unfit = unfitParts(known.definition, counts)
    const foreign = unfit.find(({ count }) => count < 0)
    if (foreign) throw wrongType(entity, foreign.name)
    if (unfit.length === 0) return
    const byId = unfit.some(({ kind }) => kind === 'by id')
    if (byId && !(await reindexRows(applying, known))) continue
    const again = changed(known.definition, (kind, { name }) =>
      unfit.some((one) => one.kind === kind && one.name === name) ? 'anew' : 'as it is',
    )
    if (!(await store(applying, known, again, true))) continue
    // Members by id without a row are found on the way through all of them, which nothing else may ask for.
    if (byId) await fillToTheEnd(applying, entity)
    return
  }
}

async function fillToTheEnd(applying: Applying, entity: string): Promise<void> {
  while (true) {
    const known = currentOf(applying, entity)
    if (!known || (await fillPage(applying, known, new Map()))) return
  }
}

function currentOf({ definitions }: Applying, entity: string): KnownDefinition | null {
  const found = definitions.current(entity)
  return found.kind === 'known' ? found.known : null
}

/** Without the keys, indexes and rules that rows violate. */
function without(declared: StoredEntity, violations: ReadonlyMap<string, unknown>): StoredEntity {
  const allowed = (kind: PartKind) => (name: string) => !violations.has(`${kind} ${name}`)
  const keys = Object.entries(declared.unique).filter(([name]) => allowed('key')(name))
  return {
    ...declared,
    unique: Object.fromEntries(keys),
    rules: declared.rules.filter(({ name }) => allowed('rule')(name)),
  }
}

function declares({ unique, indexes, rules }: StoredEntity, kind: PartKind, name: string): boolean {
  if (kind === 'rule') return rules.some((rule) => rule.name === name)
  return Object.hasOwn(kind === 'key' ? unique : indexes, name)
}
