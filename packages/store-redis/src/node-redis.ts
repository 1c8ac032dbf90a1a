import type { Ear, Link, Send, Source } from './link.ts'
import type { Argument } from './names.ts'
import { Turn } from './turn.ts'

/** As much of a client of `redis` 6 as is used here. */
interface Client {
  readonly isReady: boolean
  readonly options: ClientOptions
  duplicate(overrides: object): Client
  connect(): Promise<unknown>
  sendCommand(command: readonly Argument[], options?: object): Promise<unknown>
  subscribe(channel: string, listener: (message: string, channel: string) => void): Promise<unknown>
  unsubscribe(channel: string): Promise<unknown>
  ping(): Promise<unknown>
  on(event: string, listener: () => void): unknown
  destroy(): void
}

interface ClientOptions {
  readonly keyPrefix?: Argument
  readonly socket?: object
}

interface Cluster extends Omit<Client, 'options' | 'duplicate' | 'sendCommand' | 'ping'> {
  readonly _options: { readonly keyPrefix?: Argument; readonly defaults?: ClientOptions }
  readonly masters: readonly object[]
  duplicate(overrides: object): Cluster
  nodeClient(node: object): Client | Promise<Client>
  getNodeClientForKey(key: Argument): Promise<Client>
  sendCommand(key: Argument, readonly: boolean, command: readonly Argument[], options?: object): Promise<unknown>
}

interface Pool {
  readonly _keyPrefix?: Argument
  execute<T>(task: (client: Client) => T): Promise<T>
}

/**
 * Bulk replies as Buffers: 36 is their mark in the protocol, `$`. No time limit by the client: it would cost a timer for each command, and
 * end none that has been sent.
 */
const COMMAND = { typeMapping: { 36: Buffer }, timeout: undefined }

/** Fails instead of queueing; what was sent and not answered is not sent again. */
function overrides(options: ClientOptions | undefined, limit: number): object {
  return {
    commandOptions: COMMAND,
    disableOfflineQueue: true,
    keyPrefix: undefined,
    clientSideCache: undefined,
    emitInvalidate: undefined,
    commandsQueueMaxLength: undefined,
    socket: { ...options?.socket, reconnectStrategy: false, connectTimeout: limit, socketTimeout: undefined },
  }
}

/** Connections like those of a client of `createClient()`. */
export function fromClient(client: Client): Source {
  return {
    keyPrefix: textOf(client.options?.keyPrefix),
    many: false,
    link: async (limit) => new ClientLink(client.duplicate(overrides(client.options, limit))),
    ear: async (limit, onHint) => new ClientEar(client.duplicate(overrides(client.options, limit)), onHint),
  }
}

/** Connections like those of a pool, which does not make any itself: one that it lends is what they are like. */
export function fromPool(pool: Pool): Source {
  let model: Promise<Client> | undefined
  const source = async (): Promise<Source> => {
    // Asked for once: a pool of which none is free queues whoever asks.
    model ??= pool.execute((client) => client.duplicate({}))
    try {
      return fromClient(await model)
    } catch (thrown) {
      model = undefined
      throw thrown
    }
  }
  return {
    keyPrefix: textOf(pool._keyPrefix),
    many: false,
    link: async (limit) => (await source()).link(limit),
    ear: async (limit, onHint) => (await source()).ear(limit, onHint),
  }
}

/** Connections like those of a client of `createCluster()`. Its nodes come and go, so each makes its connection anew by itself. */
export function fromCluster(cluster: Cluster): Source {
  const { keyPrefix, defaults } = cluster._options
  const duplicate = (limit: number, more?: object): Cluster => {
    const { commandOptions, keyPrefix, ...each } = overrides(defaults, limit) as Record<string, unknown>
    const socket = { ...(each['socket'] as object), reconnectStrategy: (n: number) => Math.min(50 * 2 ** n, 500) }
    return cluster.duplicate({
      ...{ commandOptions, keyPrefix, clientSideCache: undefined, useReplicas: false },
      topologyRefreshOnReconnectionAttemptStrategy: 500,
      defaults: { ...defaults, ...each, socket },
      ...more,
    })
  }
  return {
    keyPrefix: textOf(keyPrefix),
    many: true,
    link: async (limit) => new ClusterLink(duplicate(limit)),
    // It listens to one node, which tells what was said to any.
    ear: async (limit, onHint) => new ClientEar(duplicate(limit, { minimizeConnections: true }), onHint),
  }
}

function textOf(prefix: Argument | undefined): string {
  return prefix === undefined ? '' : prefix.toString()
}

async function open(client: Pick<Client, 'on' | 'connect' | 'isReady'>, onLost: () => void): Promise<void> {
  let opened = false
  // Without a listener an error would end the process.
  client.on('error', () => opened && !client.isReady && onLost())
  await client.connect()
  opened = true
}

function end(client: Pick<Client, 'destroy'>): void {
  try {
    client.destroy()
  } catch {
    // It was never open, or has ended.
  }
}

class ClientLink implements Link {
  readonly #client: Client
  readonly #turn: Turn

  constructor(client: Client) {
    this.#client = client
    this.#turn = new Turn((command) => client.sendCommand(command))
  }

  open(onLost: () => void): Promise<void> {
    return open(this.#client, onLost)
  }

  send(_key: Argument, command: readonly Argument[]): Promise<unknown> {
    return this.#client.sendCommand(command)
  }

  async sendAndWait(
    _key: Argument,
    command: readonly Argument[],
    replicas: number,
    patience: number,
  ): Promise<readonly [unknown, number]> {
    return Promise.all([this.#client.sendCommand(command), this.#turn.confirmed(replicas, patience)])
  }

  async masters(): Promise<readonly Send[]> {
    return [(command) => this.#client.sendCommand(command)]
  }

  destroy(): void {
    end(this.#client)
  }
}

class ClusterLink implements Link {
  readonly #cluster: Cluster
  readonly #turns = new WeakMap<Client, Turn>()

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  open(onLost: () => void): Promise<void> {
    return open(this.#cluster, onLost)
  }

  send(key: Argument, command: readonly Argument[]): Promise<unknown> {
    return this.#cluster.sendCommand(key, false, command)
  }

  async sendAndWait(
    key: Argument,
    command: readonly Argument[],
    replicas: number,
    patience: number,
  ): Promise<readonly [unknown, number]> {
    const reply = await this.send(key, command)
    // Only now: the cluster may just have told where the key is.
    const node = await this.#cluster.getNodeClientForKey(key)
    let turn = this.#turns.get(node)
    if (turn === undefined) this.#turns.set(node, (turn = new Turn((asked) => node.sendCommand(asked))))
    return [reply, await turn.confirmed(replicas, patience)]
  }

  async masters(): Promise<readonly Send[]> {
    const nodes = await Promise.all(this.#cluster.masters.map(async (node) => this.#cluster.nodeClient(node)))
    return nodes.map((node) => (command: readonly Argument[]) => node.sendCommand(command, COMMAND))
  }

  destroy(): void {
    end(this.#cluster)
  }
}

class ClientEar implements Ear {
  readonly #client: Client | Cluster
  readonly #onHint: (message: string, channel: string) => void

  constructor(client: Client | Cluster, onHint: (channel: string) => void) {
    this.#client = client
    this.#onHint = (_message, channel) => onHint(channel)
  }

  open(onLost: () => void): Promise<void> {
    return open(this.#client, onLost)
  }

  subscribe(channel: string): Promise<unknown> {
    return this.#client.subscribe(channel, this.#onHint)
  }

  unsubscribe(channel: string): Promise<unknown> {
    return this.#client.unsubscribe(channel)
  }

  // A cluster's client looks after its own.
  async ping(): Promise<unknown> {
    return 'nodeClient' in this.#client ? undefined : this.#client.ping()
  }

  destroy(): void {
    end(this.#client)
  }
}
