import { isStorageError } from '@portolan/ports'

/** What stands in values that cases write for the sake of being searched for: `marked('room')`. */
export const canary = 'portolan-canary-5e1f'

export function marked(text: string): string {
  return `${canary}-${text}`
}

/**
 * Remembers the texts that a case hands over as values, keys, guards and namespaces, and searches errors, events and console
 * output for them. Texts of fewer than eight characters are left out: they turn up in sentences by chance.
 */
export interface Watch {
  remember(value: unknown, exempt?: ReadonlySet<string>): void
  /** Looks through an error that came out of the storage: message, cause, data. */
  inspect(error: unknown): void
  /** Looks through an event, a console line, anything. */
  search(where: string, text: string): void
  /** Sentences about where a value was found. */
  readonly found: readonly string[]
  /** How many errors, events and lines were looked through. */
  readonly searched: { errors: number; events: number; lines: number }
}

const shortest = 8
const longest = 64
const most = 3000

export function createWatch(): Watch {
  const texts = new Set<string>([canary])
  const found: string[] = []
  const searched = { errors: 0, events: 0, lines: 0 }
  const report = (where: string, text: string): void => {
    for (const value of texts) {
      if (!text.includes(value)) continue
      found.push(`${where} shows a value of the user (beginning ${JSON.stringify(value.slice(0, 24))})`)
      return
    }
  }
  return {
    found,
    searched,
    remember(value, exempt = new Set()) {
      collect(value, exempt, texts, 0)
    },
    inspect(error) {
      if (!isStorageError(error)) return
      searched.errors++
      report(`the message of a ${error.code} error`, error.message)
      report(`the cause of a ${error.code} error`, everyText(error.cause))
      const { result: _, failures: __, ...data } = error.data as { result?: unknown; failures?: unknown }
      report(`the data of a ${error.code} error`, everyText(data))
    },
    search(where, text) {
      if (where === 'an event') searched.events++
      else searched.lines++
      report(where, text)
    },
  }
}

function collect(value: unknown, exempt: ReadonlySet<string>, texts: Set<string>, depth: number): void {
  if (texts.size >= most || depth > 8) return
  if (typeof value === 'string') {
    if (value.length >= shortest && !isInstant(value)) texts.add(value.slice(0, longest))
  } else if (Array.isArray(value)) {
    for (const part of value) collect(part, exempt, texts, depth + 1)
  } else if (value !== null && typeof value === 'object' && isPlain(value)) {
    for (const [name, part] of Object.entries(value)) if (!exempt.has(name)) collect(part, exempt, texts, depth + 1)
  }
}

const isInstant = (text: string): boolean => /^\d{4}-\d\d-\d\dT/.test(text)

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** All texts that hang on a value; an error's message, stack and cause are among them, though they are not enumerable. */
export function everyText(value: unknown, seen: Set<unknown> = new Set()): string {
  if (typeof value === 'string') return value
  if (value === null || typeof value !== 'object' || seen.has(value)) return ''
  seen.add(value)
  return Object.getOwnPropertyNames(value)
    .map((name) => {
      try {
        return everyText((value as Record<string, unknown>)[name], seen)
      } catch {
        return ''
      }
    })
    .join('\n')
}
