import type { CountPlan, SelectPlan, StoredRow } from '@portolan/adapter-kit'
import type { Question, Seen } from './calls.ts'
import type { Reply } from './client.ts'
import type { KnownDefinition } from './definition.ts'
import { decodeTexts } from './encoding/message.ts'
import { decodeValue } from './encoding/values.ts'
import type { Asked, Engine, Reads } from './engine.ts'
import { failing } from './errors.ts'
import { findOf } from './query/choose.ts'
import { tooBroad } from './query/too-broad.ts'
import { read } from './scripts/read.ts'

const planOf = (asked: Asked): SelectPlan | CountPlan => ('select' in asked ? asked.select : asked.count)

/** A question as Lua takes it; `entity` counts from 1 among those of the call. */
export function questionOf(asked: Asked, known: KnownDefinition, entity: number, bound: number): Question {
  if ('count' in asked) {
    const all = { ...asked.count, order: [], after: null, limit: null, offset: 0 }
    return ['count', findOf(known, entity, all, bound)]
  }
  const { select } = asked
  const whole = known.definition.fields.every(({ name }) => select.fields.includes(name))
  const places = select.fields.map((field) => known.places.get(field) ?? 0)
  return ['rows', findOf(known, entity, select, bound), whole ? false : places]
}

export function readsOn({ connection, call, clock, scanBound }: Engine): Reads {
  /** Answers with `writes` and digest; the digest is empty where nothing is to be remembered. */
  const ask = async (
    questions: readonly Asked[],
    deadline: number,
    remember: boolean,
    unchanged: readonly Seen[],
  ): Promise<{ now: number; answers: [answer: StoredRow[] | number, writes: string, digest: string][] }> => {
    const entities = [
      ...new Set([...questions.map((asked) => planOf(asked).entity.name), ...unchanged.map(({ entity }) => entity)]),
    ]
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
    const reply = await call({
      script: read,
      entities,
      use: 'read',
      keys: [],
      deadline,
      operation(known) {
        definitions = known
        const earlier = unchanged.map(({ entity, writes, digest, asked }) => [
          entities.indexOf(entity) + 1,
          writes,
          digest,
          encode(asked),
        ])
        return [questions.map(encode), remember ? 1 : 0, earlier]
      },
    })
    if ('kind' in reply) {
      const plan = planOf((questions[reply.kind === 'broad' ? reply.question - 1 : 0] ?? questions[0]) as Asked)
      throw tooBroad(knownOf(plan.entity.name).definition, plan, scanBound)
    }
    const [now, ...answers] = reply
    if (String(now) === 'changed')
      throw failing('transaction-conflict', 'rows that this transaction has read were changed by others')
    if (!clock) connection.learnClock(Number(now))
    return {
      now: Number(now),
      answers: questions.map((asked, index) => {
        const [found, writes, digest] = answers[index] as readonly Reply[]
        const answer = 'count' in asked ? Number(found) : rowsOf(asked.select, knownOf, found as readonly Buffer[])
        return [answer, String(writes), String(digest)]
      }),
    }
  }

  return {
    async look(questions, deadline, unchanged = []) {
      const { now, answers } = await ask(questions, deadline, true, unchanged)
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
      const { answers } = await ask([{ select: plan }], deadline, false, [])
      return answers[0]?.[0] as StoredRow[]
    },
    async count(plan, deadline) {
      const { answers } = await ask([{ count: plan }], deadline, false, [])
      return answers[0]?.[0] as number
    },
  }
}

function rowsOf(
  { entity, fields }: SelectPlan,
  knownOf: (entity: string) => KnownDefinition,
  found: readonly Buffer[],
): StoredRow[] {
  const { definition, places } = knownOf(entity.name)
  const whole = definition.fields.every(({ name }) => fields.includes(name))
  const columns = fields.map((field, index) => {
    const place = places.get(field) ?? 0
    return { field, at: whole ? place - 1 : index, kind: definition.fields[place - 2]?.kind ?? 'text' }
  })
  return found.map((blob) => {
    const texts = decodeTexts(blob)
    return Object.fromEntries(columns.map(({ field, at, kind }) => [field, decodeValue(kind, texts[at] ?? null)]))
  })
}
