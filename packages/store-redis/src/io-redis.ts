import type { Ear, Link, Send, Source } from './link.ts'
import type { Argument } from './names.ts'
import { Turn } from './turn.ts'

/** As much of a client of `ioredis` 5 or 6 as is used here. */
interface Client {
  readonly status: string
  readonly options: { readonly keyPrefix?: string }
  readonly stream?: { cork(): void; uncork(): void; destroy(): void }
  duplicate(overrides: object): Client
  connect(): Promise<unknown>
  callBuffer(command: string, ...args: readonly Argument[]): Promise<unknown>
  subscribe(channel: string): Promise<unknown>
  unsubscribe(channel: string): Promise<unknown>
  ping(): Promise<unknown>
  on(event: string, listener: (...given: never[]) => void): unknown
  disconnect(): void
}

interface Cluster extends Omit<Client, 'duplicate' | 'stream'> {
  duplicate(nodes: readonly object[], overrides: object): Cluster
  nodes(role?: 'master'): readonly Client[]
  pipeline(): Pipeline
}

interface Pipeline {
  callBuffer(command: string, ...args: readonly Argument[]): Pipeline
  exec(): Promise<readonly (readonly [error: Error | null, reply: unknown])[] | null>
}

/**
 * Fails instead of queueing or trying again: with its defaults this client sends what was not answered once more on the next
 * connection, and an increment may have been made by then.
 */
function overrides(limit: number): object {
  return {
    retryStrategy: () => null,
    reconnectOnError: null,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: limit,
    commandTimeout: undefined,
    socketTimeout: undefined,
    enableAutoPipelining: false,
    showFriendlyErrorStack: false,
    stringNumbers: false,
    replyMapping: 'legacy',
    keyPrefix: '',
    readOnly: false,
    monitor: false,
    scripts: undefined,
    himportFieldsets: undefined,
  }
}

/** Connections like those of a `Redis`. */
export function fromIoRedis(client: Client): Source {
  const duplicate = (limit: number): Client =>
    client.duplicate({ ...overrides(limit), enableOfflineQueue: false, lazyConnect: true })
  return {
    keyPrefix: client.options?.keyPrefix ?? '',
    many: false,
    link: async (limit) => new ClientLink(duplicate(limit)),
    ear: async (limit, onHint) => new ClientEar(duplicate(limit), onHint),
  }
}

/** Connections like those of a `Cluster`. */
export function fromIoCluster(cluster: Cluster): Source {
  const duplicate = (limit: number): Cluster =>
    cluster.duplicate([], {
      lazyConnect: true,
      clusterRetryStrategy: () => null,
      clusterNodeRetryStrategy: null,
      // What a lost connection has not answered may have been done.
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
      scaleReads: 'master',
      enableAutoPipelining: false,
      shardedSubscribers: false,
      keyPrefix: '',
      scripts: undefined,
      himportFieldsets: undefined,
      redisOptions: overrides(limit),
    })
  return {
    keyPrefix: cluster.options?.keyPrefix ?? '',
    many: true,
    link: async (limit) => new ClusterLink(duplicate(limit)),
    ear: async (limit, onHint) => new ClientEar(duplicate(limit), onHint),
  }
}

async function open(client: Pick<Client, 'on' | 'connect'>, onLost: () => void): Promise<void> {
  let reason: unknown
  client.on('error', (thrown: unknown) => void (reason = thrown))
  client.on('end', onLost)
  try {
    await client.connect()
  } catch (thrown) {
    // What `connect` throws says only that it did not connect.
    throw reason ?? thrown
  }
}

function send(client: Pick<Client, 'callBuffer'>, [name, ...args]: readonly Argument[]): Promise<unknown> {
  // In small letters: by that name it is known which of the arguments are keys.
  return client.callBuffer(String(name).toLowerCase(), ...args)
}

/** Ends connections now. This client would wait for the other side to say goodbye, which may be gone. */
function end(client: Pick<Client, 'disconnect'>, connections: readonly Client[]): void {
  client.disconnect()
  for (const { stream } of connections) stream?.destroy()
}

/** Sends what is written in one turn as one: this client writes each command by itself. */
class Corked {
  #corked = false

  cork(clients: () => readonly Client[]): void {
    if (this.#corked) return
    this.#corked = true
    const streams = clients().map(({ stream }) => stream)
    for (const stream of streams) stream?.cork()
    setImmediate(() => {
      this.#corked = false
      for (const stream of streams) stream?.uncork()
    })
  }
}

class ClientLink implements Link {
  readonly #client: Client
  readonly #turn: Turn
  readonly #corked = new Corked()

  constructor(client: Client) {
    this.#client = client
    this.#turn = new Turn((command) => this.#send(command))
  }

  open(onLost: () => void): Promise<void> {
    return open(this.#client, onLost)
  }

  send(_key: Argument, command: readonly Argument[]): Promise<unknown> {
    return this.#send(command)
  }

  async sendAndWait(
    _key: Argument,
    command: readonly Argument[],
    replicas: number,
    patience: number,
  ): Promise<readonly [unknown, number]> {
    return Promise.all([this.#send(command), this.#turn.confirmed(replicas, patience)])
  }

  async masters(): Promise<readonly Send[]> {
    return [(command) => this.#send(command)]
  }

  destroy(): void {
    end(this.#client, [this.#client])
  }

  #send(command: readonly Argument[]): Promise<unknown> {
    this.#corked.cork(() => [this.#client])
    return send(this.#client, command)
  }
}

class ClusterLink implements Link {
  readonly #cluster: Cluster
  readonly #corked = new Corked()

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  open(onLost: () => void): Promise<void> {
    return open(this.#cluster, onLost)
  }

  send(_key: Argument, command: readonly Argument[]): Promise<unknown> {
    this.#corked.cork(() => this.#cluster.nodes('master'))
    return send(this.#cluster, command)
  }

  async sendAndWait(
    _key: Argument,
    [name, ...args]: readonly Argument[],
    replicas: number,
    patience: number,
  ): Promise<readonly [unknown, number]> {
    const results = await this.#cluster
      .pipeline()
      .callBuffer(String(name).toLowerCase(), ...args)
      .callBuffer('wait', String(replicas), String(patience))
      .exec()
    const [[failure, reply], [, confirmed]] = results as [[Error | null, unknown], [Error | null, unknown]]
    if (failure) throw failure
    return [reply, Number(confirmed)]
  }

  async masters(): Promise<readonly Send[]> {
    return this.#cluster.nodes('master').map((node) => (command: readonly Argument[]) => send(node, command))
  }

  destroy(): void {
    end(this.#cluster, this.#cluster.nodes())
  }
}

class ClientEar implements Ear {
  readonly #client: Client | Cluster

  constructor(client: Client | Cluster, onHint: (channel: string) => void) {
    this.#client = client
    client.on('message', (channel: string) => onHint(channel))
  }

  open(onLost: () => void): Promise<void> {
    return open(this.#client, onLost)
  }

  subscribe(channel: string): Promise<unknown> {
    return this.#client.subscribe(channel)
  }

  unsubscribe(channel: string): Promise<unknown> {
    return this.#client.unsubscribe(channel)
  }

  // A cluster's client looks after its own.
  async ping(): Promise<unknown> {
    return 'nodes' in this.#client ? undefined : this.#client.ping()
  }

  destroy(): void {
    end(this.#client, 'nodes' in this.#client ? this.#client.nodes() : [this.#client])
  }
}
