import type { Engine } from './engine.ts'
import { search, type Way } from './search.ts'
import type { NetworkServer, NotFound, OwnOption, OwnServer } from './test-server.ts'
import { type Kind, knownMissing, urlOf, variables } from './variables.ts'

export interface ServerDefinition {
  readonly kind: Kind
  /** 'PostgreSQL 15', for people. */
  readonly name: string
  /** The server behind a URL, or why the one that answers there will not do. Rejects when none answers. */
  readonly open: (url: string, engine: Engine | undefined) => Promise<NetworkServer | string>
  /** How one can be started, in the order of trying. */
  readonly ways: readonly Way<Engine>[]
}

/** Asked for a server of the caller's own, answers one that is its own; else one that may be shared. */
export interface FindServer {
  (options: { readonly own: true }): Promise<OwnServer | NotFound>
  (options?: OwnOption): Promise<NetworkServer | NotFound>
}

/**
 * The order of the house: the URL in the environment, which is final when it is set; then what was looked for before; then
 * every way to start one.
 */
export function finder(define: (own: boolean) => ServerDefinition): FindServer {
  function find(options: { readonly own: true }): Promise<OwnServer | NotFound>
  function find(options?: OwnOption): Promise<NetworkServer | NotFound>
  async function find({ own = false }: OwnOption = {}): Promise<NetworkServer | OwnServer | NotFound> {
    const { kind, name, open, ways } = define(own)
    const url = own ? undefined : urlOf(kind)
    if (url !== undefined) return search(name, [{ name: variables[kind], go: () => open(url, undefined) }])
    const known = knownMissing(kind)
    if (known) return known
    const opened = ways.map(({ name, go }) => ({ name, go: async () => withServer(await go(), open) }))
    const started = await search(name, opened)
    if ('missing' in started) return started
    const { server, engine } = started
    return own ? { ...server, halt: (node) => engine.halt(node), resume: (node) => engine.resume(node) } : server
  }
  return find
}

async function withServer(engine: Engine | string, open: ServerDefinition['open']) {
  if (typeof engine === 'string') return engine
  try {
    const server = await open(engine.url, engine)
    if (typeof server !== 'string') return { server, engine }
    await engine.stop()
    return server
  } catch (error) {
    await engine.stop()
    throw error
  }
}
