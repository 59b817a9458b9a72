import { type CountPlan, compareRows, KeyValueEntry, type SelectPlan, type StoredRow } from '@portolan/adapter-kit'
import type { Earlier, Meeting, Question, Seen } from './calls.ts'
import type { Reply } from './client.ts'
import type { KnownDefinition } from './definition.ts'
import { components } from './encoding/members.ts'
import { decodeTexts } from './encoding/message.ts'
import { rowOf } from './encoding/rows.ts'
import { decodeValue, encodeValue, type StoredText } from './encoding/values.ts'
import type { Asked, Engine, Reads } from './engine.ts'
import { failing } from './errors.ts'
import { noEntries } from './key-value/addressing.ts'
import type { EntriesPart } from './key-value/part.ts'
import { findOf, scopeText } from './query/choose.ts'
import { tooBroad } from './query/too-broad.ts'
import { read } from './scripts/read.ts'

const planOf = (asked: Asked): SelectPlan | CountPlan => ('select' in asked ? asked.select : asked.count)

/** Rows that all come are put in order here: the server has better things to do. */
function isSortedHere({ limit, after }: SelectPlan): boolean {
  return limit === null && after === null
}

/** The places of a row that are answered; null: all of it, as it is stored. */
function fieldsOf({ definition }: KnownDefinition, select: SelectPlan): readonly string[] | null {
  const { fields, order } = select
  const wanted = isSortedHere(select) ? [...new Set([...fields, ...order.map(({ field }) => field)])] : fields
  return definition.fields.every(({ name }) => wanted.includes(name)) ? null : wanted
}

/** A question as Lua takes it; `entity` counts from 1 among those of the call. */
export function questionOf(asked: Asked, known: KnownDefinition, entity: number, bound: number): Question {
  const whole = { order: [], after: null, limit: null, offset: 0 }
  if ('count' in asked) return ['count', findOf(known, entity, { ...asked.count, ...whole }, bound)]
  const { select } = asked
  const places = fieldsOf(known, select)?.map((field) => known.places.get(field) ?? 0) ?? false
  const meeting = asked.meeting ? meetingOf(asked.meeting, select, known, entity) : null
  if (meeting) return ['meeting', meeting, places]
  return ['rows', findOf(known, entity, isSortedHere(select) ? { ...select, ...whole } : select, bound), places]
}

/** Where the rule's own index tells which rows meet an interval; null while it is being filled. */
function meetingOf(
  { rule: name, row }: NonNullable<Extract<Asked, { select: SelectPlan }>['meeting']>,
  { scope, limit }: SelectPlan,
  { definition, places }: KnownDefinition,
  entity: number,
): Meeting | null {
  const number = definition.rules.findIndex((one) => one.name === name && one.state === 'ready')
  const rule = definition.rules[number]
  if (!rule || limit === null) return null
  const value = (field: string): StoredText =>
    encodeValue(definition.fields[(places.get(field) ?? 0) - 2]?.kind ?? 'text', row[field] ?? null)
  const [from, until] = [value(rule.from), value(rule.until)]
  if (from === false || until === false) return null
  const first = scopeText(scope)
  return [entity, first, number + 1, first + components(rule.within.map(value)), from, until, limit]
}

/** What was read before, for a call on these entities. */
export function earlierOf(
  seen: readonly Seen[],
  entities: readonly string[],
  known: readonly KnownDefinition[],
  bound: number,
): Earlier[] {
  return seen.flatMap(({ entity, writes, digest, asked }): Earlier[] => {
    const at = entities.indexOf(entity)
    const definition = known[at]
    return definition ? [[at + 1, writes, digest, questionOf(asked, definition, at + 1, bound)]] : []
  })
}

export function readsOn({ connection, call, clock, scanBound }: Engine): Reads {
  /** Answers with `writes` and digest; the digest is empty where nothing is to be remembered. */
  const ask = async (
    questions: readonly Asked[],
    deadline: number,
    remember: boolean,
    unchanged: readonly Seen[],
    entries: EntriesPart,
  ): Promise<{ now: number; answers: [answer: StoredRow[] | number, writes: string, digest: string][] }> => {
    const entities = [
      ...new Set([...questions.map((asked) => planOf(asked).entity.name), ...unchanged.map(({ entity }) => entity)]),
    ]
    if (entries.keys.length > 0 && !entities.includes(KeyValueEntry.name)) entities.push(KeyValueEntry.name)
    let definitions: readonly KnownDefinition[] = []
    const knownOf = (entity: string): KnownDefinition => {
      const known = definitions[entities.indexOf(entity)]
      if (!known) throw failing('misuse', `${entity} is not among the entities that this storage was opened with`)
      return known
    }
    const encode = (asked: Asked): Question => {
      const { name } = planOf(asked).entity
      return questionOf(asked, knownOf(name), entities.indexOf(name) + 1, scanBound)
    }
    const askedAt = performance.now()
    const reply = await call({
      script: read,
      entities,
      use: 'read',
      keys: entries.keys,
      deadline,
      operation(known) {
        definitions = known
        const earlier = earlierOf(unchanged, entities, known, scanBound)
        return [questions.map(encode), remember ? 1 : 0, earlier, entries.message]
      },
    })
    if ('kind' in reply) {
      const plan = planOf((questions[reply.kind === 'broad' ? reply.question - 1 : 0] ?? questions[0]) as Asked)
      throw tooBroad(knownOf(plan.entity.name).definition, plan, scanBound)
    }
    const [now, ...answers] = reply
    if (String(now) === 'changed')
      throw failing('transaction-conflict', 'rows that this transaction has read were changed by others')
    if (!clock) connection.learnClock(Number(now), askedAt)
    return {
      now: Number(now),
      answers: questions.map((asked, index) => {
        const [found, writes, digest] = answers[index] as readonly Reply[]
        const answer =
          'count' in asked
            ? Number(found)
            : rowsOf(knownOf(asked.select.entity.name), asked.select, found as readonly Buffer[])
        return [answer, String(writes), String(digest)]
      }),
    }
  }

  return {
    async look(questions, deadline, unchanged = [], entries = noEntries) {
      const { now, answers } = await ask(questions, deadline, true, unchanged, entries)
      return {
        now,
        answers: answers.map(([answer]) => answer),
        seen: answers.map(([, writes, digest], index): Seen => {
          const asked = questions[index] as Asked
          return { entity: planOf(asked).entity.name, writes, digest, asked }
        }),
      }
    },
    async select(plan, deadline) {
      const { answers } = await ask([{ select: plan }], deadline, false, [], noEntries)
      return answers[0]?.[0] as StoredRow[]
    },
    async count(plan, deadline) {
      const { answers } = await ask([{ count: plan }], deadline, false, [], noEntries)
      return answers[0]?.[0] as number
    },
  }
}

function rowsOf(known: KnownDefinition, select: SelectPlan, found: readonly Buffer[]): StoredRow[] {
  const { fields, order, offset } = select
  const sent = fieldsOf(known, select)
  const names = sent ?? known.definition.fields.map(({ name }) => name)
  const rows = found.map((blob) => (sent ? partOf(known, blob, sent) : rowOf(known, blob, names)))
  if (!isSortedHere(select)) return rows.map((row) => only(row, fields, names))
  rows.sort((left, right) => compareRows(order, left, right))
  return rows.slice(offset).map((row) => only(row, fields, names))
}

/** A row of these fields alone, in their order. */
function partOf({ definition, places }: KnownDefinition, blob: Buffer, fields: readonly string[]): StoredRow {
  const texts = decodeTexts(blob)
  const kindOf = (field: string) => definition.fields[(places.get(field) ?? 0) - 2]?.kind ?? 'text'
  return Object.fromEntries(fields.map((field, index) => [field, decodeValue(kindOf(field), texts[index] ?? null)]))
}

function only(row: StoredRow, fields: readonly string[], has: readonly string[]): StoredRow {
  return has.length === fields.length ? row : Object.fromEntries(fields.map((field) => [field, row[field] ?? null]))
}
