import type { PoolClient } from 'pg'

type Send = (given: unknown) => unknown

/** What a server may answer a BEGIN with besides yes: it is cancelled, or it is refused before anything runs. */
export const failures = {
  cancelled: { text: 'do $$ begin raise query_canceled; end $$', code: '57014' },
  refused: { text: 'begin nonsense', code: '42601' },
} as const

/** Puts another statement in the place of each BEGIN on the wire, as long as one is given. */
export function failingBegin(): { text: string | null; onClient(client: PoolClient): void } {
  const failing = {
    text: null as string | null,
    onClient(client: PoolClient): void {
      const { connection } = client as unknown as { connection: { parse: Send; query: Send } }
      const instead = (text: string): string =>
        failing.text === null ? text : text.replace(/^(begin|start transaction[a-z ]*)/, () => failing.text ?? '')
      const parse = connection.parse.bind(connection)
      const query = connection.query.bind(connection)
      connection.parse = (given) => {
        const statement = given as { text: string }
        return parse({ ...statement, text: instead(statement.text) })
      }
      connection.query = (given) => query(instead(String(given)))
    },
  }
  return failing
}
