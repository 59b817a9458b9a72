import type { NotFound } from './test-server.ts'

/** One way to a server. A text, or an error, says why it did not lead there. */
export interface Way<Server> {
  readonly name: string
  readonly go: () => Promise<Server | string>
}

/** Goes the ways in their order until one arrives. */
export async function search<Server extends object>(
  kind: string,
  ways: readonly Way<Server>[],
): Promise<Server | NotFound> {
  const reasons: string[] = []
  for (const { name, go } of ways) {
    try {
      const found = await go()
      if (typeof found === 'object') return found
      reasons.push(`${name}: ${found}`)
    } catch (error) {
      reasons.push(`${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return { missing: `${kind} could not be had (${reasons.join('; ')})` }
}
