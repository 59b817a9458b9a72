import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startContainer } from '../docker.ts'
import { type Engine, startTogether } from '../engine.ts'
import { findProgram } from '../program.ts'
import { startProgramEngine } from '../program-engine.ts'
import type { Way } from '../search.ts'
import { newPassword } from '../secret.ts'
import type { Address } from '../test-server.ts'
import { pingNode, untilMembersAgree, withMongodb } from './connection.ts'
import { mongodFromWheel } from './wheel.ts'

const replicaSet = 'rs0'
const longestUnionMs = 30_000

type StartNode = (memberKey: string) => Promise<Engine | string>

/** A replica set of so many nodes, with a user `root` who may do everything. */
export function mongodbWays(howMany: number): readonly Way<Engine>[] {
  const startAll = (startNode: StartNode) => startReplicaSet(howMany, startNode)
  const withProgram = (program: string) => startAll((memberKey) => startMongod(program, memberKey))
  return [
    { name: 'Docker', go: () => startAll(startMongodbContainer) },
    {
      name: 'on this machine',
      go: async () => {
        const program = findProgram([], ['mongod'])
        return program === undefined ? 'no mongod on the PATH' : withProgram(program)
      },
    },
    {
      name: 'Python package',
      go: async () => {
        const found = await mongodFromWheel()
        return typeof found === 'string' ? found : withProgram(found.program)
      },
    },
  ]
}

function startReplicaSet(howMany: number, startNode: StartNode): Promise<Engine | string> {
  const [memberKey, password] = [randomBytes(48).toString('base64'), newPassword()]
  return startTogether(
    Array.from({ length: howMany }, () => () => startNode(memberKey)),
    (nodes) => {
      const hosts = nodes.map(({ host, port }) => `${host}:${port}`)
      const url = `mongodb://root:${password}@${hosts.join(',')}/?replicaSet=${replicaSet}&authSource=admin`
      return {
        url,
        unite: async () => {
          await withMongodb(`mongodb://${hosts[0]}/?directConnection=true`, (client) =>
            client.db('admin').command({ replSetInitiate: configuration(hosts) }),
          )
          // Until there is a user, one who comes from the same machine may create the first.
          await withMongodb(`mongodb://${hosts.join(',')}/?replicaSet=${replicaSet}`, (client) =>
            client.db('admin').command({ createUser: 'root', pwd: password, roles: ['root'] }),
          )
        },
        answers: () => untilMembersAgree(url, longestUnionMs),
      }
    },
  )
}

function configuration(hosts: readonly string[]) {
  return {
    _id: replicaSet,
    members: hosts.map((host, _id) => ({ _id, host })),
    // A new primary within about a second, not ten.
    settings: { electionTimeoutMillis: 1_000, heartbeatIntervalMillis: 200 },
  }
}

const argumentsFor = (port: number, keyFile: string): readonly string[] => [
  ...['--replSet', replicaSet, '--port', `${port}`, '--bind_ip', '127.0.0.1', '--keyFile', keyFile],
  ...['--wiredTigerCacheSizeGB', '0.25', '--setParameter', 'diagnosticDataCollectionEnabled=false'],
  // Lets a test break a commit on purpose: configureFailPoint.
  ...['--setParameter', 'enableTestCommands=1'],
]

const urlAt = ({ host, port }: Address) => `mongodb://${host}:${port}/?directConnection=true`

function startMongod(program: string, memberKey: string): Promise<Engine> {
  return startProgramEngine({
    kind: 'mongodb',
    prepare: async (folder, { port }) => {
      const [data, keyFile] = [join(folder, 'data'), join(folder, 'key')]
      mkdirSync(data, { mode: 0o700 })
      writeFileSync(keyFile, memberKey, { mode: 0o400 })
      return { program, args: ['--dbpath', data, '--nounixsocket', ...argumentsFor(port, keyFile)] }
    },
    urlAt,
    ping: pingNode,
    // Nothing of it is kept, and asked kindly it would first wait for the others to take over.
    stopSignal: 'SIGKILL',
  })
}

/** Members must reach each other, and we them, under one address: so they share the machine's network. */
function startMongodbContainer(memberKey: string): Promise<Engine | string> {
  const keyFile = '/data/configdb/key'
  const writeKey = `printf %s '${memberKey}' > ${keyFile}.new && chmod 400 ${keyFile}.new && mv -f ${keyFile}.new ${keyFile}`
  return startContainer({
    image: 'mongo:7.0',
    port: 'host',
    entrypoint: ['bash', '-c'],
    command: (port) => [`${writeKey} && exec mongod ${argumentsFor(port, keyFile).join(' ')}`],
    urlAt,
    ping: pingNode,
  })
}
