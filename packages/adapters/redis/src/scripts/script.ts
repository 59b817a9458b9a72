import { createHash } from 'node:crypto'

/** A named piece of Lua: local functions that later pieces and bodies use. */
export interface Fragment {
  readonly name: string
  readonly needs: readonly Fragment[]
  readonly lua: string
}

export interface Script {
  readonly name: string
  readonly sha: string
  readonly source: string
  /** An answer that is lost leaves its outcome unknown. */
  readonly writes: boolean
  /** Takes texts as they are, in ARGV, instead of a call. */
  readonly plain: boolean
}

export interface ScriptSource {
  readonly name: string
  /**
   * 'reads' may write nothing and runs on a full server; 'writes' is refused by a full server before it begins; 'frees' may also
   * write there, because it makes room; 'inspects' writes nothing, and runs on servers that are too old for all the others.
   */
  readonly kind: 'reads' | 'writes' | 'frees' | 'inspects'
  readonly uses: readonly Fragment[]
  /** Default: false. No fragment can be used where it is true. */
  readonly plain?: boolean
  /** Reads `call`, the decoded argument, and returns the answer. */
  readonly body: string
}

/** The first line; without one a script is what it was before Redis 7. */
const heads = {
  reads: ['#!lua flags=no-writes'],
  writes: ['#!lua'],
  frees: ['#!lua flags=allow-oom'],
  inspects: [],
} as const

export function fragment(name: string, needs: readonly Fragment[], lua: string): Fragment {
  return { name, needs, lua: tidy(lua) }
}

/** Each fragment once, after those it needs. */
export function script({ name, kind, uses, body, plain = false }: ScriptSource): Script {
  const lines: string[] = [...heads[kind], ...(plain ? [] : ['local call = cmsgpack.unpack(ARGV[1])'])]
  const placed = new Set<string>()
  const place = (one: Fragment): void => {
    if (placed.has(one.name)) return
    placed.add(one.name)
    for (const needed of one.needs) place(needed)
    lines.push(one.lua)
  }
  for (const one of uses) place(one)
  const source = `${[...lines, tidy(body)].join('\n')}\n`
  return {
    name,
    source,
    sha: createHash('sha1').update(source).digest('hex'),
    writes: kind === 'writes' || kind === 'frees',
    plain,
  }
}

/** Comments and indentation are for us: a server keeps every script in memory. */
function tidy(lua: string): string {
  return lua
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('--'))
    .join('\n')
}
