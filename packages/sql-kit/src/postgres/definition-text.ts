/** A word, a text in quotes, a number or a sign; groups are what stands between brackets. */
type Part = string | Part[]

/**
 * SQL text of a constraint's in one form, so that what was sent and what Postgres gives back of it can be compared: without
 * casts, superfluous brackets and quotes, with `in` as Postgres keeps it. Different conditions stay different.
 */
export function definitionText(sql: string): string {
  return render(condition(grouped(tokensOf(sql))))
}

const token =
  /\s*(?:(E'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*')|"((?:[^"]|"")*)"|([\p{L}_][\p{L}\p{N}_$]*)|(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)|(::)|([<>=!&|+*/~^%@#?-]+|[^\s]))/giuy

const castType =
  /\s*(?:"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*)(?:\.(?:"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*))?(?: varying| precision)?(?:\s*\(\d+(?:,\s*\d+)?\))?(?: with(?:out)? time zone)?(?:\[\])*/iuy

const keywords: ReadonlySet<string> = new Set('and or not is null in any all array true false least'.split(' '))

function tokensOf(sql: string): string[] {
  const tokens: string[] = []
  let at = 0
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const found = pattern.exec(sql)
    if (found) at = pattern.lastIndex
    return found
  }
  while (sql.slice(at).trim() !== '') {
    const found = take(token)
    if (!found) return [sql]
    const [, text, name, word, number, cast, sign] = found
    if (cast !== undefined) take(castType)
    else if (text !== undefined) tokens.push(textToken(text))
    else if (number !== undefined) tokens.push(`'${Number(number)}'`)
    else if (name !== undefined) tokens.push(nameToken(name.replaceAll('""', '"')))
    else tokens.push(word?.toLowerCase() ?? sign ?? '')
  }
  return tokens
}

/** A name that needs no quotes is told without them, as Postgres does. */
function nameToken(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) && !keywords.has(name) ? name : `"${name.replaceAll('"', '""')}"`
}

const instant = /^(\d{4,}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d)(?::?(\d\d))?$/

/** Fractions and instants by what they are, since Postgres writes them in its own way and in the session's time zone. */
function textToken(quoted: string): string {
  const escaped = /^E/i.test(quoted)
  const inner = quoted.slice(escaped ? 2 : 1, -1).replaceAll("''", "'")
  const value = escaped ? inner.replaceAll(/\\(.)/gsu, '$1') : inner
  const [, date, time, zone, minutes = '00'] = instant.exec(value) ?? []
  const moment =
    date === undefined ? Number.NaN : Date.parse(`${date}T${time}${zone === 'Z' ? 'Z' : `${zone}:${minutes}`}`)
  if (!Number.isNaN(moment)) return `'${new Date(moment).toISOString()}'`
  return /^-?\d+(\.\d+(e[+-]?\d+)?|e[+-]?\d+)$/i.test(value) ? `'${Number(value)}'` : `'${value.replaceAll("'", "''")}'`
}

function grouped(tokens: readonly string[]): Part[] {
  const stack: Part[][] = [[]]
  for (const each of tokens) {
    const open = stack.at(-1)
    if (each === '(' || each === '[') {
      const group: Part[] = []
      open?.push(group)
      stack.push(group)
    } else if ((each === ')' || each === ']') && stack.length > 1) stack.pop()
    else open?.push(each)
  }
  return stack[0] ?? []
}

/** "or" binds least, then "and"; what is left is one comparison. A nested "and" of "and" is one "and". */
function condition(parts: readonly Part[]): Part[] {
  for (const word of ['or', 'and']) {
    const operands = split(parts, word)
    if (operands.length === 1) continue
    return operands.flatMap((operand, at): Part[] => {
      const inner = bare(condition(operand))
      const joined = isJoined(inner, word) ? inner : [inner.length === 1 ? (inner[0] ?? '') : inner]
      return at === 0 ? joined : [word, ...joined]
    })
  }
  return bare(lists(parts.map((part) => (typeof part === 'string' ? part : unwrapped(condition(part))))))
}

const isJoined = (parts: readonly Part[], word: string): boolean => split(parts, word).length > 1

function split(parts: readonly Part[], word: string): Part[][] {
  const operands: Part[][] = [[]]
  for (const part of parts) {
    if (part === word) operands.push([])
    else operands.at(-1)?.push(part)
  }
  return operands
}

/** Brackets around all of it say nothing. */
function bare(parts: Part[]): Part[] {
  const [only] = parts
  return parts.length === 1 && Array.isArray(only) ? bare(only) : parts
}

/** Brackets around one word say nothing. */
function unwrapped(parts: Part[]): Part {
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : parts
}

/** "x in (a, b)" as "x = any (array[a, b])", "x in (a)" as "x = a"; the same of "not in". */
function lists(parts: readonly Part[]): Part[] {
  const result: Part[] = []
  for (let at = 0; at < parts.length; at++) {
    const negated = parts[at] === 'not' && parts[at + 1] === 'in'
    if (parts[at] !== 'in' && !negated) {
      result.push(parts[at] ?? '')
      continue
    }
    at += negated ? 2 : 1
    const list = parts[at]
    if (Array.isArray(list)) result.push(negated ? '<>' : '=', negated ? 'all' : 'any', ['array', list])
    else result.push(negated ? '<>' : '=', list ?? '')
  }
  return result
}

function render(parts: readonly Part[]): string {
  return parts.map((part) => (typeof part === 'string' ? part : `(${render(part)})`)).join(' ')
}
