import type { HonoRequest } from 'hono'
import { RequestProblem } from './problem.ts'

interface Kinds {
  text: string
  /** RFC 3339 with any offset; arrives as UTC with milliseconds. */
  instant: string
  integer: number
}
type Shape = { readonly [property: string]: keyof Kinds }
export type Body<S extends Shape> = { readonly [P in keyof S]: Kinds[S[P]] }

/** A JSON object with exactly these properties: text that is not blank, moments, whole numbers. */
export async function readBody<S extends Shape>(request: HonoRequest, shape: S): Promise<Body<S>> {
  const given = parse(await request.text())
  for (const property of Object.keys(given)) {
    if (!Object.hasOwn(shape, property)) throw misfit(property, `"${property}" is not known here`)
  }
  const read = Object.entries(shape).map(([property, kind]) => [property, readers[kind](property, given[property])])
  return Object.fromEntries(read)
}

function parse(body: string): Record<string, unknown> {
  let given: unknown
  try {
    given = JSON.parse(body)
  } catch {
    throw new RequestProblem('malformed-body', 'The body must be JSON.')
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new RequestProblem('malformed-body', 'The body must be one JSON object.')
  }
  return given as Record<string, unknown>
}

const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/

const readers: { readonly [K in keyof Kinds]: (property: string, value: unknown) => Kinds[K] } = {
  text: (property, value) => {
    if (typeof value !== 'string' || value.trim() === '') throw misfit(property, `"${property}" must be text`)
    if (value.length > 200) throw misfit(property, `"${property}" may be 200 characters long`)
    return value
  },
  instant: (property, value) => {
    const moment = typeof value === 'string' && rfc3339.test(value) ? Date.parse(value) : Number.NaN
    if (Number.isNaN(moment)) throw misfit(property, `"${property}" must be a moment such as 2026-02-28T09:00:00Z`)
    return new Date(moment).toISOString()
  },
  integer: (property, value) => {
    if (!Number.isSafeInteger(value)) throw misfit(property, `"${property}" must be a whole number`)
    return value as number
  },
}

function misfit(property: string, sentence: string): RequestProblem {
  return new RequestProblem('invalid-body', `${sentence}.`, { property })
}
