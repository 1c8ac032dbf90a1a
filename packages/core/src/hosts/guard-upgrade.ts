import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { builtin } from '../builtins.ts'
import { compose } from '../compose.ts'
import type { Cancel } from '../clock.ts'
import { runInContext } from '../context.ts'
import type { SecurityError } from '../errors.ts'
import type { Answer } from '../gate.ts'
import { describeGate, type Middleware } from './middleware.ts'
import { NodeExchange } from './node-exchange.ts'
import { checkAnswer, openGate, refusalOf } from './run-gate.ts'
import { writeAnswer, writeProblem } from './write.ts'

/** What `guardUpgrade` needs of a server: one of node:http or node:https. */
export type UpgradableServer = Pick<Server, 'emit' | 'on'>

/**
 * Puts gates before every upgrade of a server, such as a WebSocket: whatever listens to `upgrade`, also later, is called only
 * when all gates have passed. A refusal is an HTTP response, and the connection ends.
 *
 * Ambient credentials need the same-origin proof here for any method, because a browser lets any site open a WebSocket with the
 * user's cookies. A socket whose principal is revoked later is closed; so is one whose credential has ended.
 *
 * Listeners find the principal in `req.principal`.
 * @returns takes the guard away and closes the sockets it let in
 */
export function guardUpgrade(server: UpgradableServer, ...gates: readonly [Middleware, ...Middleware[]]): Cancel {
  const middleware = compose(...gates)
  const description = describeGate(middleware)!
  const { environment } = description
  const open = new Map<Duplex, NodeExchange>()
  const { emit } = server
  let guarding = true

  function guardedEmit(this: unknown, event: string | symbol, ...args: unknown[]): boolean {
    if (event !== 'upgrade' || !guarding) return Reflect.apply(emit, server, [event, ...args]) as boolean
    void guard(
      args[0] as IncomingMessage,
      args[1] as Duplex,
      () => void Reflect.apply(emit, server, ['upgrade', ...args]),
    )
    return true
  }
  server.emit = guardedEmit as typeof server.emit
  const stopListening = environment.revocations.onChange(closeRevoked)
  // The guard stays: from a closed environment it refuses everybody.
  environment.onClose(closeAll)
  return stop

  async function guard(req: IncomingMessage, socket: Duplex, next: () => void): Promise<void> {
    const res = new (builtin.http().ServerResponse)(req)
    res.shouldKeepAlive = false
    const exchange = new NodeExchange(environment, req, res, undefined, true)
    // The server has let go of the socket: an error on it while the gates decide would end the process.
    const onError = (): void => void socket.destroy()
    socket.on('error', onError)
    let answer: void | Answer = undefined
    let refusal: SecurityError | undefined
    try {
      answer = await openGate(description, exchange)
      if (answer !== undefined) checkAnswer(answer)
    } catch (thrown) {
      refusal = await refusalOf(description, exchange, thrown)
    }
    if (refusal ?? answer) {
      // `assignSocket` is documented for sockets; an upgraded connection is one, or TLS over one.
      res.assignSocket(socket as never)
      res.once('finish', () => void socket.end())
      if (refusal) writeProblem(res, refusal)
      else writeAnswer(res, answer as Answer)
      return
    }
    if (socket.destroyed) return
    socket.removeListener('error', onError)
    watch(socket, exchange)
    // An exception of the app's listener is the app's, as it would be without a guard.
    process.nextTick(() => {
      if (environment.asyncContext) runInContext(exchange, next)
      else next()
    })
  }

  function watch(socket: Duplex, exchange: NodeExchange): void {
    open.set(socket, exchange)
    const expiresAt = exchange.principal?.credential.expiresAt
    const cancel = expiresAt === undefined ? undefined : closeAt(socket, expiresAt * 1000)
    socket.once('close', () => {
      open.delete(socket)
      cancel?.()
    })
  }

  /** Timers hold no more than 2³¹ milliseconds. */
  function closeAt(socket: Duplex, at: number): Cancel {
    const most = 2 ** 31 - 1
    let cancel: Cancel
    const wait = (): void => {
      const left = at - environment.clock.now()
      cancel = environment.clock.after(Math.min(Math.max(left, 0), most), () => {
        if (environment.clock.now() >= at) socket.destroy()
        else wait()
      })
    }
    wait()
    return () => cancel()
  }

  function closeRevoked(): void {
    for (const [socket, { principal }] of open) {
      if (principal && environment.revocations.find(principal)) socket.destroy()
    }
  }

  function stop(): void {
    if (!guarding) return
    guarding = false
    stopListening()
    if (server.emit === (guardedEmit as typeof server.emit)) server.emit = emit
    closeAll()
  }

  function closeAll(): void {
    for (const socket of open.keys()) socket.destroy()
  }
}
