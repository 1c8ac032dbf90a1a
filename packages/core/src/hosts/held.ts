import type { ServerResponse } from 'node:http'

/** A response that the app has ended and that has not left yet. */
export interface Held {
  /** Opens it for sending, as it was when it was ended. */
  open(): void
  /** Does what the app wanted meanwhile. */
  done(): void
  /** Keeps what the app does after the end; Node says that it came too late, but only then. */
  afterwards(act: () => unknown): false
}

interface Private {
  _header?: string | null
}

/**
 * While a response is held, the app finds it as ended as it has left it. What it does afterwards must not get into it: a second answer
 * would put its headers on the body of the first.
 */
export function holdResponse(res: ServerResponse): Held {
  const { statusCode, statusMessage } = res
  const kept: (() => unknown)[] = []
  const own = res as Private
  // Node's own sign that a header was made: whoever sets another one is told that it is too late.
  const marked = '_header' in res && !res.headersSent
  if (marked) own._header = 'held'
  Object.defineProperty(res, 'writableEnded', { value: true, configurable: true })
  // Frameworks end the connection of who fails after the end: the response would have been on its way by then.
  const socket = res.socket && !Object.hasOwn(res.socket, 'destroy') ? res.socket : undefined
  let destroyed = false
  // Of a client that has gone Node lets go at once.
  const letGo = (): void => void delete (socket as Partial<typeof socket>)?.destroy
  if (socket) {
    socket.prependOnceListener('end', letGo)
    socket.destroy = (error) => {
      if (error === undefined || error === null) destroyed = true
      else {
        letGo()
        socket.destroy(error)
      }
      return socket
    }
  }
  return {
    open() {
      if (marked) own._header = null
      delete (res as { writableEnded?: boolean }).writableEnded
      letGo()
      socket?.removeListener('end', letGo)
      res.statusCode = statusCode
      res.statusMessage = statusMessage
    },
    done() {
      for (const act of kept) {
        try {
          act()
        } catch {
          // There is nobody left to tell, and the response has gone out as it was.
        }
      }
      if (destroyed) socket?.destroy()
    },
    afterwards(act) {
      kept.push(act)
      return false
    },
  }
}
