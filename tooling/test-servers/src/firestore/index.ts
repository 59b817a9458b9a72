import { type FindServer, finder } from '../find-server.ts'
import { networkServer } from '../network-server.ts'
import { newName } from '../secret.ts'
import { firestoreWays, ping } from './engine.ts'

export interface FirestorePlace {
  /** '127.0.0.1:8080' */
  readonly host: string
  readonly projectId: string
}

/** What the text of a place says: firestore://host:port/project */
export function firestorePlace(place: string): FirestorePlace {
  const { host, pathname } = new URL(place)
  return { host, projectId: pathname.slice(1) }
}

/**
 * Google's Firestore emulator. A place is a project. It keeps nothing on disk: what was halted comes back empty. Whoever
 * connects as "Bearer owner" may do everything, so a place has no password.
 */
export const firestore: FindServer = finder(() => ({
  kind: 'firestore',
  name: 'Firestore emulator',
  ways: firestoreWays,
  open: async (url, engine) => {
    await ping(url)
    const { hostname: host, port, searchParams } = new URL(url)
    return networkServer({
      version: `Firestore emulator ${searchParams.get('version') ?? 'unknown'}`,
      nodes: [{ host, port: Number(port || 8080) }],
      engine,
      adminUrl: (place) => place ?? url,
      createPlace: async () => `firestore://${new URL(url).host}/${newName().replace('_', '-')}`,
      removePlace: async (place) => {
        const { host, projectId } = firestorePlace(place)
        const documents = `/emulator/v1/projects/${projectId}/databases/(default)/documents`
        await fetch(`http://${host}${documents}`, { method: 'DELETE' })
      },
      log: async () => engine?.log?.(),
    })
  },
}))
