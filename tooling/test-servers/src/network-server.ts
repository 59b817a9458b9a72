import type { Engine } from './engine.ts'
import type { Address, NetworkServer } from './test-server.ts'

export interface NetworkServerParts {
  readonly version: string
  readonly nodes: readonly [Address, ...Address[]]
  readonly engine: Engine | undefined
  readonly adminUrl: (place?: string) => string
  readonly createPlace: () => Promise<string>
  readonly removePlace: (place: string) => Promise<void>
  readonly log: () => Promise<string | undefined>
}

/** Keeps the places of a server that goes on running, so that `stop` removes them; a server of ours takes them with it. */
export function networkServer(parts: NetworkServerParts): NetworkServer {
  const { version, nodes, engine, adminUrl, log } = parts
  const places = new Set<string>()
  const removePlace = async (place: string): Promise<void> => {
    await parts.removePlace(place)
    places.delete(place)
  }
  return {
    version,
    address: nodes[0],
    nodes,
    adminUrl,
    log,
    createPlace: async () => {
      const place = await parts.createPlace()
      places.add(place)
      return place
    },
    removePlace,
    stop: async () => {
      if (engine) await engine.stop()
      else for (const place of places) await removePlace(place)
      places.clear()
    },
  }
}
