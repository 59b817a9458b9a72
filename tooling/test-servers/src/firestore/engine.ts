import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { startContainer } from '../docker.ts'
import type { Engine } from '../engine.ts'
import { findProgram } from '../program.ts'
import { startProgramEngine } from '../program-engine.ts'
import type { Way } from '../search.ts'
import { installSystemPackages } from '../system-packages.ts'
import type { Address } from '../test-server.ts'

/** The image and the jar are Google's; the version is told by the SDK that brought the jar. */
const image = 'gcr.io/google.com/cloudsdktool/google-cloud-cli:528.0.0-emulators'
const mainClass = 'com.google.cloud.datastore.emulator.firestore.CloudFirestore'
const jarInSdk = join('platform', 'cloud-firestore-emulator', 'cloud-firestore-emulator.jar')

export const firestoreWays: readonly Way<Engine>[] = [
  { name: 'Docker', go: startFirestoreContainer },
  {
    name: 'on this machine',
    go: () => startFirestore('no emulator in the folders of the Google Cloud SDK, or no java'),
  },
  {
    name: 'system package',
    go: async () =>
      (await installSystemPackages(['google-cloud-cli-firestore-emulator', 'default-jre-headless'])) ??
      startFirestore('installed, and not found where it was expected'),
  },
]

/** Rejects while it does not answer. */
export async function ping(url: string): Promise<void> {
  const answer = await fetch(`http://${new URL(url).host}/`, { signal: AbortSignal.timeout(5_000) })
  if (!answer.ok) throw new Error(`it answers ${answer.status}`)
}

async function startFirestore(otherwise: string): Promise<Engine | string> {
  const folders = ['/usr/lib/google-cloud-sdk', '/usr/share/google-cloud-sdk', join(homedir(), 'google-cloud-sdk')]
  const onPath = findProgram([], ['gcloud'])
  const sdks = [...folders, ...(onPath ? [join(dirname(onPath), '..')] : [])]
  const sdk = sdks.find((folder) => existsSync(join(folder, jarInSdk)))
  const java = findProgram(process.env.JAVA_HOME ? [join(process.env.JAVA_HOME, 'bin', 'java')] : [], ['java'])
  if (sdk === undefined || java === undefined) return otherwise
  const version = versionOf(sdk)
  return startProgramEngine({
    kind: 'firestore',
    prepare: async (_folder, { host, port }) => ({
      program: java,
      args: [
        // Its messages are in the machine's language otherwise; without a manifest, it is started by its class.
        ...['-Duser.language=en', '-Xmx1g', '-cp', join(sdk, jarInSdk), mainClass],
        ...[`--host=${host}`, `--port=${port}`],
      ],
    }),
    urlAt: ({ host, port }) => `firestore://${host}:${port}/?version=${version}`,
    ping,
    stopSignal: 'SIGTERM',
  })
}

function versionOf(sdk: string): string {
  try {
    const text = readFileSync(join(sdk, '.install', 'cloud-firestore-emulator.snapshot.json'), 'utf8')
    return JSON.parse(text).components[0].version.version_string
  } catch {
    return 'unknown'
  }
}

function startFirestoreContainer(): Promise<Engine | string> {
  const port = 8080
  return startContainer({
    image,
    port,
    command: () => ['gcloud', 'emulators', 'firestore', 'start', `--host-port=0.0.0.0:${port}`, '--quiet'],
    urlAt: ({ host, port }: Address) => `firestore://${host}:${port}/?version=of-sdk-528.0.0`,
    ping,
  })
}
