import type { Address } from './test-server.ts'

/** What was started, by whichever way: one server, or several that make one. */
export interface Engine {
  /** For one who may do everything. */
  readonly url: string
  readonly nodes: readonly Address[]
  /** The log, where it can be read without asking the server. */
  readonly log?: () => Promise<string>
  /** The node that is named, or all. */
  halt(node?: number): Promise<void>
  resume(node?: number): Promise<void>
  /** Ends it and removes its data. */
  stop(): Promise<void>
}

export interface Union {
  readonly url: string
  /** Makes one server of the nodes, once. */
  readonly unite: () => Promise<void>
  /** Resolves when they work together, after the beginning and after all of them were away. */
  readonly answers: () => Promise<void>
}

/** Several engines of one node as one. One that fails to start, or says in a text why not, takes the others with it. */
export async function startTogether(
  starts: readonly (() => Promise<Engine | string>)[],
  join: (nodes: readonly Address[]) => Union,
): Promise<Engine | string> {
  const settled = await Promise.allSettled(starts.map((start) => start()))
  const values = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const engines = values.filter((value) => typeof value !== 'string')
  const nodes = engines.flatMap((engine) => engine.nodes)
  const stop = async (): Promise<void> => void (await Promise.all(engines.map((engine) => engine.stop())))
  const chosen = (node: number | undefined) => (node === undefined ? engines : engines.slice(node, node + 1))
  try {
    for (const one of settled) if (one.status === 'rejected') throw one.reason
    const refusal = values.find((value) => typeof value === 'string')
    if (refusal !== undefined) {
      await stop()
      return refusal
    }
    const { url, unite, answers } = join(nodes)
    await unite()
    await answers()
    return {
      url,
      nodes,
      log: async () => (await Promise.all(engines.map((engine) => engine.log?.() ?? ''))).join(''),
      halt: async (node) => void (await Promise.all(chosen(node).map((engine) => engine.halt()))),
      resume: async (node) => {
        await Promise.all(chosen(node).map((engine) => engine.resume()))
        if (node === undefined) await answers()
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
