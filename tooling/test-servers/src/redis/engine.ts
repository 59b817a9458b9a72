import { startContainer } from '../docker.ts'
import type { Engine } from '../engine.ts'
import { findProgram } from '../program.ts'
import { startProgramEngine } from '../program-engine.ts'
import type { Way } from '../search.ts'
import { installSystemPackages } from '../system-packages.ts'
import { redisVersionAt } from './connection.ts'

export interface RedisNode {
  readonly password: string
  /** Whether its data must still be there after a kill: then each write reaches the disk before it is answered. */
  readonly durable: boolean
  readonly settings: readonly string[]
  /** Whether it tells others where it is. */
  readonly clustered: boolean
}

const image = 'redis:7.2'

const findRedis = () => findProgram([], ['redis-server', 'valkey-server'])

/** The ways to one Redis; `start` makes of it what is wanted, one server or several. */
export function redisWays(
  start: (startNode: (node: RedisNode) => Promise<Engine | string>) => Promise<Engine | string>,
): readonly Way<Engine>[] {
  const withProgram = async (otherwise: string) => {
    const program = findRedis()
    return program === undefined ? otherwise : start((node) => startRedisProgram(program, node))
  }
  return [
    { name: 'Docker', go: () => start(startRedisContainer) },
    { name: 'on this machine', go: () => withProgram('no redis-server on the PATH') },
    {
      name: 'system package',
      go: async () => (await installSystemPackages(['redis-server'])) ?? withProgram('installed, and not on the PATH'),
    },
  ]
}

const argumentsFor = ({ password, durable, settings }: RedisNode, port: number): readonly string[] => [
  ...['--port', `${port}`, '--requirepass', password, '--save', '', '--appendonly', durable ? 'yes' : 'no'],
  ...['--appendfsync', 'always', '--databases', '1024', ...settings],
]

const urlWith =
  ({ password }: RedisNode) =>
  ({ host, port }: { host: string; port: number }) =>
    `redis://:${password}@${host}:${port}`

function startRedisProgram(program: string, node: RedisNode): Promise<Engine> {
  return startProgramEngine({
    kind: 'redis',
    prepare: async (folder, { host, port }) => ({
      program,
      args: ['--bind', host, '--dir', folder, ...argumentsFor(node, port)],
    }),
    urlAt: urlWith(node),
    ping: redisVersionAt,
    stopSignal: 'SIGTERM',
  })
}

function startRedisContainer(node: RedisNode): Promise<Engine | string> {
  return startContainer({
    image,
    port: node.clustered ? 'host' : 6379,
    command: (port) => [
      'redis-server',
      ...(node.clustered ? ['--bind', '127.0.0.1'] : []),
      ...argumentsFor(node, port),
    ],
    urlAt: urlWith(node),
    ping: redisVersionAt,
  })
}
