import { Cluster as Cluster6, Redis as Redis6 } from 'ioredis'
import { Cluster as Cluster5, Redis as Redis5 } from 'ioredis5'
import { createClient, createClientPool, createCluster } from 'redis'
import type { RedisClient } from '@sallyport/store-redis'

/** A client as an app makes it. */
export interface AppClient {
  readonly client: RedisClient
  end(): Promise<void> | void
}

/** A kind of client of one server. */
export interface ClientKind {
  readonly name: string
  connect(url: string): Promise<AppClient>
}

/** Whom a client logs in as; nobody, if nothing is said. */
export interface User {
  readonly username?: string
  readonly password?: string
}

/** A kind of client of a cluster. */
export interface ClusterKind {
  readonly name: string
  connect(urls: readonly string[], user?: User): Promise<AppClient>
}

const quiet = (): void => undefined

export const clientKinds: readonly ClientKind[] = [
  { name: 'redis 6, RESP3', connect: (url) => nodeRedis(url, 3) },
  { name: 'redis 6, RESP2', connect: (url) => nodeRedis(url, 2) },
  {
    name: 'a pool of redis 6',
    async connect(url) {
      const client = createClientPool({ url }, { maximum: 2 }).on('error', quiet)
      await client.connect()
      return { client, end: () => client.destroy() }
    },
  },
  {
    name: 'ioredis 6',
    async connect(url) {
      const client = new Redis6(url, { lazyConnect: true }).on('error', quiet)
      await client.connect()
      return { client, end: () => client.disconnect() }
    },
  },
  {
    name: 'ioredis 5',
    async connect(url) {
      const client = new Redis5(url, { lazyConnect: true }).on('error', quiet)
      await client.connect()
      return { client, end: () => client.disconnect() }
    },
  },
]

export const clusterKinds: readonly ClusterKind[] = [
  {
    name: 'a cluster of redis 6',
    async connect(urls, user = {}) {
      const client = createCluster({ rootNodes: urls.map((url) => ({ url, ...user })), defaults: user }).on(
        'error',
        quiet,
      )
      await client.connect()
      return { client, end: () => client.destroy() }
    },
  },
  {
    name: 'a cluster of ioredis 6',
    async connect(urls, user = {}) {
      const client = new Cluster6([...urls], { lazyConnect: true, redisOptions: user }).on('error', quiet)
      await client.connect()
      return { client, end: () => client.disconnect() }
    },
  },
  {
    name: 'a cluster of ioredis 5',
    async connect(urls, user = {}) {
      const client = new Cluster5([...urls], { lazyConnect: true, redisOptions: user }).on('error', quiet)
      await client.connect()
      return { client, end: () => client.disconnect() }
    },
  },
]

async function nodeRedis(url: string, RESP: 2 | 3): Promise<AppClient> {
  const client = createClient({ url, RESP }).on('error', quiet)
  await client.connect()
  return { client, end: () => client.destroy() }
}
