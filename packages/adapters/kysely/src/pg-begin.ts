/** `client.query` of pg's, in whichever form. */
export type Query = (...given: unknown[]) => unknown

/** The part of pg's `Client` and `Connection` that its cursors are made with. */
interface Client {
  readonly readyForQuery?: unknown
  readonly connection?: Connection
}

interface Connection {
  readonly stream: { readonly writable: boolean; cork(): void; uncork(): void }
  readonly parsedStatements: { readonly [name: string]: string }
  parse(statement: { readonly text: string }): void
  bind(portal: object): void
  execute(portal: object): void
  on(event: string, listener: () => void): unknown
  removeListener(event: string, listener: () => void): unknown
}

/** A cursor, or a query that somebody made. */
interface Submittable {
  submit(connection: unknown): unknown
}

/** A transaction that Kysely has begun, and of which the server has not said so yet. */
interface Beginning {
  readonly text: string
  /** refused: the server began none, so until its end it is as one that has failed. */
  stage: 'held' | 'sent' | 'refused'
  /** Resolves when the server has answered what was sent, whatever it said. */
  answered: Promise<void>
}

export interface Deferring {
  /** What a statement is prepared as; null: it is not. */
  readonly nameOf: (text: string) => string | null
  /** A connection is in use from here on, though nothing is sent. */
  readonly onHeld: () => void
}

/** As Kysely writes it. Whoever writes BEGIN by hand, or otherwise, has it sent at once. */
const beginning = /^(begin|start transaction( isolation level [a-z ]+?)?( read only| read write)?)$/

/**
 * Holds the BEGIN of a transaction of Kysely's back, and sends it in one message with the first statement. The server passes over
 * whatever follows a BEGIN that failed in the same message, so no statement is carried out without its transaction; what
 * comes in later messages is refused here until the transaction ends. One without statements sends nothing. Another client than
 * pg's own of JavaScript stays as it is.
 */
export function deferringBegin(client: object, query: Query, { nameOf, onHeld }: Deferring): Query {
  const { connection } = client as Client
  if (!connection || !isConnection(connection)) return query
  const isReady = (): boolean => (client as Client).readyForQuery === true
  let open: Beginning | null = null

  const settle = (one: Beginning, begun: boolean): void => {
    if (!begun) one.stage = 'refused'
    else if (open === one) open = null
  }

  /** On a connection where nothing is under way, what is answered next is the BEGIN. */
  const watch = (one: Beginning): void => {
    one.stage = 'sent'
    if (!connection.stream.writable) {
      settle(one, false)
      return
    }
    one.answered = new Promise((resolve) => {
      const tell = (begun: boolean) => (): void => {
        for (const [event, listener] of listeners) connection.removeListener(event, listener)
        settle(one, begun)
        resolve()
      }
      const listeners = [
        ['commandComplete', tell(true)],
        ['errorMessage', tell(false)],
        ['end', tell(false)],
      ] as const
      for (const [event, listener] of listeners) connection.on(event, listener)
    })
  }

  /** Several statements without values are one message of the simple protocol, and go on to be that. */
  const sendAsText = async (one: Beginning, text: string): Promise<unknown> => {
    watch(one)
    const prefix = `${one.text}; `
    try {
      return withoutFirst(await query(prefix + text))
    } catch (error) {
      const { position } = error as { position?: unknown }
      if (typeof position === 'string') (error as { position: string }).position = `${Number(position) - prefix.length}`
      throw error
    }
  }

  /** The statement brings the Sync that ends the message. */
  const sendInFront = async (one: Beginning, given: unknown[]): Promise<unknown> => {
    watch(one)
    const { stream } = connection
    let sent: unknown
    stream.cork()
    try {
      connection.parse({ text: one.text })
      connection.bind({})
      connection.execute({})
      sent = query(...given)
    } finally {
      stream.uncork()
    }
    return withoutFirst(await sent)
  }

  const sendAlone = (one: Beginning): Promise<void> => {
    one.stage = 'sent'
    // A callback hears of a failure before the client goes on to what stands in line.
    const begun = new Promise<void>((resolve, reject) => {
      query(one.text, (error: Error | null | undefined) => {
        settle(one, !error)
        if (error) reject(error)
        else resolve()
      })
    })
    one.answered = begun.catch(() => undefined)
    return begun
  }

  const send = (one: Beginning, given: unknown[]): unknown => {
    const [statement] = given
    if (isSubmittable(statement)) {
      if (one.stage === 'held') sendAlone(one).catch(() => undefined)
      const submit = statement.submit.bind(statement)
      statement.submit = (to) => (one.stage === 'refused' ? neverBegun() : submit(to))
      return query(statement)
    }
    if (one.stage !== 'held')
      return one.answered.then(() => {
        if (one.stage === 'refused') throw neverBegun()
        return query(...given)
      })
    const parameters = parametersOf(given)
    if (parameters !== null && isReady()) {
      const text = String(statement)
      if (parameters.length === 0) return sendAsText(one, text)
      const name = nameOf(text)
      // The client would take the answer to BEGIN for the one to the statement that it has not prepared yet.
      if (name === null || Object.hasOwn(connection.parsedStatements, name)) return sendInFront(one, given)
    }
    return sendAlone(one).then(() => query(...given))
  }

  /** A transaction that was never begun is rolled back by COMMIT, as the server does with one that has failed. */
  const end = async (one: Beginning, command: 'commit' | 'rollback'): Promise<unknown> => {
    if (one.stage === 'sent' && command === 'commit') await one.answered
    if (open === one) open = null
    if (one.stage === 'held') return resultOf(command.toUpperCase())
    return await query(one.stage === 'refused' ? 'rollback' : command, [])
  }

  return (...given) => {
    const [text] = given
    if (parametersOf(given)?.length === 0) {
      if (beginning.test(String(text))) {
        open = { text: String(text), stage: 'held', answered: Promise.resolve() }
        onHeld()
        return Promise.resolve(resultOf('START'))
      }
      if (open !== null && (text === 'commit' || text === 'rollback')) return end(open, text)
    }
    return open === null ? query(...given) : send(open, given)
  }
}

function isConnection({ stream, parsedStatements, parse, bind, execute, on }: Connection): boolean {
  const called = [parse, bind, execute, on, stream?.cork, stream?.uncork]
  return typeof parsedStatements === 'object' && called.every((each) => typeof each === 'function')
}

function isSubmittable(given: unknown): given is Submittable {
  return typeof given === 'object' && given !== null && typeof (given as Submittable).submit === 'function'
}

/** Of a statement as Kysely sends it; null: not in that form. */
function parametersOf(given: unknown[]): readonly unknown[] | null {
  const [text, parameters] = given
  return given.length === 2 && typeof text === 'string' && Array.isArray(parameters) ? parameters : null
}

/** The client answers several statements in one message with a list. */
function withoutFirst(results: unknown): unknown {
  if (!Array.isArray(results)) return results
  const [, ...rest] = results as unknown[]
  return rest.length === 1 ? rest[0] : rest
}

function resultOf(command: string): object {
  return { command, rowCount: null, oid: null, rows: [], fields: [] }
}

/** What the server says of a transaction that has failed. */
function neverBegun(): Error {
  const message = 'the transaction could not be begun, so its statements are ignored until its end'
  return Object.assign(new Error(message), { code: '25P02' })
}
