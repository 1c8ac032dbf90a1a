import { Client } from 'pg'
import { redisCommand, until, type TestServer } from '../servers/index.ts'
import type { Scene } from './scene.ts'

/** Something that happens to a server or to the way there. */
export interface Fault {
  readonly name: string
  /** Makes it happen; answers how it ends. */
  readonly strike: (scene: Scene) => Mend | Promise<Mend>
  /** Whether a second server follows the one that counts. @default false */
  readonly standby?: boolean
  /** What is gone afterwards. @default 'nothing' */
  readonly loses?: 'nothing' | 'everything' | 'the latest'
  /** What works while it lasts. @default 'nothing' */
  readonly leaves?: 'nothing' | 'reads' | 'some calls' | 'everything'
  /** Whether everybody may have to log in anew, although nothing is gone that was acknowledged. @default false */
  readonly mayLogOut?: boolean
}

type Mend = () => void | Promise<void>

/** What can happen to any server. */
export const anyServer: readonly Fault[] = [
  {
    name: 'kill -9',
    async strike({ server }) {
      await server.kill()
      return () => server.restart()
    },
  },
  {
    name: 'SIGSTOP',
    strike({ server }) {
      server.pause()
      return () => server.resume()
    },
  },
  {
    name: 'restart, empty',
    loses: 'everything',
    async strike({ server }) {
      await server.kill()
      return () => server.restart({ empty: true })
    },
  },
  {
    name: 'restart in good order, with its data',
    async strike({ server }) {
      await server.kill('SIGINT')
      return () => server.restart()
    },
  },
  {
    name: 'slower than the deadline',
    strike({ proxy }) {
      proxy.delay(200)
      return () => proxy.heal()
    },
  },
  {
    name: 'slow, but in time',
    leaves: 'everything',
    strike({ proxy }) {
      proxy.delay(10)
      return () => proxy.heal()
    },
  },
  {
    name: 'connections refused',
    strike({ proxy }) {
      proxy.refuse()
      return () => proxy.heal()
    },
  },
  {
    name: 'connections reset again and again',
    leaves: 'some calls',
    strike: ({ proxy }) => again(15, () => proxy.reset()),
  },
  {
    name: 'connections half-open',
    strike({ proxy }) {
      proxy.halfOpen()
      return () => proxy.heal()
    },
  },
]

/** A replica is promoted while the master still takes writes; then the master is gone. */
const overtaken: Fault = {
  name: 'failover to a replica that lacks the latest writes',
  standby: true,
  loses: 'the latest',
  async strike(scene) {
    const standby = await follower(scene)
    await redisCommand(scene.server.port, 'WAIT', 1, 1000)
    await redisCommand(standby.port, 'REPLICAOF', 'NO', 'ONE')
    // Clients write on where nobody listens any more.
    await new Promise((resolve) => void setTimeout(resolve, 200))
    await scene.server.kill()
    return () => lead(scene, standby)
  },
}

/**
 * The same for a store whose writes wait for a replica: what is lost was never acknowledged. Service needs another replica. A revocation that
 * was not acknowledged may have been read all the same, and who has read what is gone cannot tell that from a loss.
 */
export const confirmedFaults: readonly Fault[] = [
  {
    name: overtaken.name,
    standby: true,
    mayLogOut: true,
    async strike(scene) {
      const mend = await overtaken.strike(scene)
      return async () => {
        await mend()
        await follower(scene)
      }
    },
  },
]

export const redisFaults: readonly Fault[] = [
  ...anyServer,
  {
    name: 'failover to a replica in step',
    standby: true,
    async strike(scene) {
      const standby = await follower(scene)
      await redisCommand(scene.server.port, 'FAILOVER', 'TO', '127.0.0.1', standby.port)
      await until('the replica leads', () => isMaster(standby))
      await scene.server.kill()
      return () => lead(scene, standby)
    },
  },
  overtaken,
  {
    name: 'maxmemory reached',
    leaves: 'reads',
    async strike({ server }) {
      await redisCommand(server.port, 'CONFIG', 'SET', 'maxmemory', '1mb')
      return async () => void (await redisCommand(server.port, 'CONFIG', 'SET', 'maxmemory', '0'))
    },
  },
  {
    name: 'scripts flushed and clients killed again and again',
    leaves: 'some calls',
    strike: ({ server }) =>
      again(15, async () => {
        await redisCommand(server.port, 'SCRIPT', 'FLUSH')
        await redisCommand(server.port, 'CLIENT', 'KILL', 'SKIPME', 'yes')
      }),
  },
]

export const postgresFaults: readonly Fault[] = [
  ...anyServer,
  {
    name: 'restart in the middle of transactions',
    async strike({ server }) {
      await lockTables(server)
      await server.kill('SIGINT')
      return () => server.restart()
    },
  },
  {
    name: 'every connection terminated, again and again',
    leaves: 'some calls',
    strike: ({ server }) =>
      again(15, async () => {
        const client = await session(server)
        await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()')
        await client.end()
      }),
  },
  {
    name: 'locks that somebody holds',
    async strike({ server }) {
      const client = await lockTables(server)
      return () => client.end()
    },
  },
]

/** Does something over and over, without a pause for those whom it hits. */
function again(every: number, action: () => void | Promise<void>): Mend {
  let going = true
  const ended = (async () => {
    while (going) {
      await action()
      await new Promise((resolve) => void setTimeout(resolve, every))
    }
  })()
  return async () => {
    going = false
    await ended
  }
}

async function replication({ port }: TestServer): Promise<string> {
  return String(await redisCommand(port, 'INFO', 'replication'))
}

async function isMaster(server: TestServer): Promise<boolean> {
  return (await replication(server)).includes('role:master')
}

/** The standby, in step; after a failover what led before is brought back for it. */
async function follower({ server, standby }: Scene): Promise<TestServer> {
  if (standby === undefined) throw new Error('There is no standby')
  const isInStep = async (): Promise<boolean> => (await replication(standby)).includes('master_link_status:up')
  if (!(await isInStep().catch(() => false))) {
    await standby.restart({ empty: true })
    await redisCommand(standby.port, 'REPLICAOF', '127.0.0.1', server.port)
    await until('the replica is in step', isInStep)
  }
  return standby
}

function lead(scene: Scene, leader: TestServer): void {
  scene.standby = scene.server
  scene.server = leader
  scene.proxy.retarget(leader.port)
}

async function session({ url }: TestServer): Promise<Client> {
  const client = new Client({ connectionString: url })
  // It is cut off with everybody else.
  client.on('error', () => undefined)
  await client.connect()
  return client
}

/** Holds every table of the store, so that whoever changes something waits in the middle of it. */
async function lockTables(server: TestServer): Promise<Client> {
  const client = await session(server)
  const { rows } = await client.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'sallyport'`,
  )
  await client.query('BEGIN')
  await client.query(`LOCK TABLE ${rows.map(({ name }) => name).join(', ')} IN ACCESS EXCLUSIVE MODE`)
  return client
}
