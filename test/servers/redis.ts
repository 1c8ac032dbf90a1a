import { until } from './processes.ts'
import { redisBinary } from './redis-binary.ts'
import { redisCommand, redisCommands } from './resp.ts'
import { privateFolder, startServer, type TestServer } from './server.ts'

/** Options of `startRedis`. */
export interface RedisOptions {
  /** Further arguments, as in redis.conf: `['--maxmemory', '8mb']`. */
  readonly args?: readonly string[]
  /** Whether what it has acknowledged is on the disk. @default false: it keeps nothing */
  readonly persist?: boolean
  /** Follows this server, and answers once it is in step. */
  readonly replicaOf?: TestServer
}

/** Starts a `redis-server` of the test's own. */
export async function startRedis({ args = [], persist = false, replicaOf }: RedisOptions = {}): Promise<TestServer> {
  const file = redisBinary()
  const fixed = [
    ...['--bind', '127.0.0.1', '--save', '', '--maxmemory-policy', 'noeviction', '--repl-diskless-sync-delay', '0'],
    ...(persist ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no']),
    ...(replicaOf ? ['--replicaof', '127.0.0.1', String(replicaOf.port)] : []),
    ...args,
  ]
  return startServer({
    name: 'redis',
    // Its data goes with its folder: there is nothing to save.
    endedBy: 'SIGKILL',
    url: (port) => `redis://127.0.0.1:${port}`,
    prepare: privateFolder,
    command: (data, port) => ({ file, args: ['--port', String(port), '--dir', data, ...fixed] }),
    isReady: (_data, port) => answers(port, replicaOf?.port),
  })
}

async function answers(port: number, masterPort: number | undefined): Promise<boolean> {
  try {
    if ((await redisCommand(port, 'PING')) !== 'PONG') return false
    return masterPort === undefined || (await isInStep(port, masterPort))
  } catch {
    // Not listening yet, or still loading its data.
    return false
  }
}

/** Whether the replica has the data, and what is written from now on reaches it: its master sends nothing before it has first confirmed. */
async function isInStep(port: number, masterPort: number): Promise<boolean> {
  if (!String(await redisCommand(port, 'INFO', 'replication')).includes('master_link_status:up')) return false
  const published = ['PUBLISH', 'in-step', '']
  const [, confirmed] = await redisCommands(masterPort, [published, ['WAIT', 1, 1000]])
  return Number(confirmed) >= 1
}

const SLOTS = 16_384

/** A Redis Cluster of the test's own. */
export interface TestCluster {
  /** Of every node. */
  readonly urls: readonly string[]
  readonly nodes: readonly TestServer[]
  stop(): Promise<void>
}

/** Starts a cluster of so many masters, with every slot assigned. */
export async function startRedisCluster(count = 3): Promise<TestCluster> {
  const nodes: TestServer[] = []
  const stop = async (): Promise<void> => void (await Promise.all(nodes.map((node) => node.stop())))
  try {
    for (let i = 0; i < count; i++) nodes.push(await startRedis({ args: ['--cluster-enabled', 'yes'] }))
    for (const [i, { port }] of nodes.entries()) {
      const [first, last] = [i, i + 1].map((n) => Math.floor((n * SLOTS) / count)) as [number, number]
      await redisCommand(port, 'CLUSTER', 'ADDSLOTSRANGE', first, last - 1)
      await redisCommand(port, 'CLUSTER', 'MEET', '127.0.0.1', nodes[0]!.port)
    }
    await until('the nodes know each other', async () => (await Promise.all(nodes.map(isWhole))).every(Boolean))
  } catch (failure) {
    await stop()
    throw failure
  }
  return { urls: nodes.map(({ url }) => url), nodes, stop }

  async function isWhole({ port }: TestServer): Promise<boolean> {
    const info = String(await redisCommand(port, 'CLUSTER', 'INFO'))
    return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${count}\r`)
  }
}
