import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { freePort } from './ports.ts'

/** A network that can be made to fail: forwards connections on loopback to a server. */
export interface FaultProxy {
  readonly port: number
  /** Connections that are open now. */
  readonly connections: number
  /** Connections that `cut` has ended so far. */
  readonly cuts: number
  /** Holds what passes back for so many milliseconds, each way; keeps the order. */
  delay(milliseconds: number): void
  /** Resets (RST) all connections of this moment. */
  reset(): void
  /**
   * The other side is gone and nobody says so: connections of this moment stay open and are silent for good, and so are those made
   * until `heal`.
   */
  halfOpen(): void
  /** Resets all connections, and refuses new ones until `heal`. */
  refuse(): void
  /** Resets each connection whose client says something like it, and those whose client has; until `heal`. */
  cut(said: RegExp): void
  /** Sends new connections to another server; those of this moment are reset. */
  retarget(target: number): void
  /** New connections work again, without delay. */
  heal(): void
  stop(): Promise<void>
}

/** As much of what a client says first is remembered for `cut`. */
const REMEMBERED = 16_384

interface Pair {
  readonly client: Socket
  readonly server: Socket | undefined
  said: string
  silent: boolean
}

/** Starts a proxy in front of a port of 127.0.0.1. */
export async function startProxy(target: number): Promise<FaultProxy> {
  const port = await freePort()
  const pairs = new Set<Pair>()
  let goal = target
  let latency = 0
  let silent = false
  let unwanted: RegExp | undefined
  let cuts = 0
  let listener: Server | undefined = listen()
  await once(listener, 'listening')

  return {
    port,
    get connections() {
      return pairs.size
    },
    get cuts() {
      return cuts
    },
    delay: (milliseconds) => void (latency = milliseconds),
    reset,
    halfOpen() {
      silent = true
      for (const pair of pairs) mute(pair)
    },
    refuse() {
      listener?.close()
      listener = undefined
      reset()
    },
    cut(said) {
      unwanted = said
      for (const pair of pairs) if (said.test(pair.said)) sever(pair)
    },
    retarget(other) {
      goal = other
      reset()
    },
    heal() {
      latency = 0
      silent = false
      unwanted = undefined
      listener ??= listen()
    },
    async stop() {
      const open = listener
      listener = undefined
      if (open) {
        open.close()
        reset()
        await once(open, 'close')
      } else reset()
    },
  }

  function listen(): Server {
    return createServer(accept).listen(port, '127.0.0.1')
  }

  function accept(client: Socket): void {
    const pair: Pair = { client, server: silent ? undefined : connect(goal, '127.0.0.1'), said: '', silent }
    pairs.add(pair)
    const { server } = pair
    client.on('error', () => undefined)
    client.on('close', () => end(pair))
    if (!server) return void client.pause()
    for (const socket of [client, server]) socket.setNoDelay(true)
    server.on('error', () => end(pair))
    server.on('close', () => end(pair))
    const up = line(pair, server)
    const down = line(pair, client)
    client.on('data', (chunk) => {
      if (pair.said.length < REMEMBERED) pair.said += chunk.toString('latin1')
      if (unwanted?.test(pair.said)) sever(pair)
      else up(chunk)
    })
    server.on('data', down)
  }

  /** One way of a connection: passes on what it is given, late and in order. */
  function line(pair: Pair, to: Socket): (chunk: Buffer) => void {
    const waiting: { readonly chunk: Buffer; readonly due: number }[] = []
    const pump = (): void => {
      for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
        const left = next.due - performance.now()
        if (left > 0) return void setTimeout(pump, left)
        waiting.shift()
        if (!pair.silent) to.write(next.chunk)
      }
    }
    return (chunk) => {
      const due = Math.max(performance.now() + latency, waiting.at(-1)?.due ?? 0)
      waiting.push({ chunk, due })
      if (waiting.length === 1) pump()
    }
  }

  function mute(pair: Pair): void {
    pair.silent = true
    // Nobody reads any more: what one side goes on to say fills its own buffers.
    pair.client.pause()
    pair.server?.pause()
  }

  function sever(pair: Pair): void {
    cuts++
    end(pair)
  }

  function end(pair: Pair): void {
    pairs.delete(pair)
    pair.client.resetAndDestroy()
    pair.server?.resetAndDestroy()
  }

  function reset(): void {
    for (const pair of pairs) end(pair)
  }
}
