import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A pooler as PgBouncer is in transaction mode: connections of the server are lent for one transaction each, another one each time. */
export interface TransactionPooler {
  readonly url: string
  /** How often another connection of the server was lent. */
  readonly lent: number
  stop(): Promise<void>
}

/** Types of messages that the pooler looks at. */
const SYNC = 'S'.charCodeAt(0)
const QUERY = 'Q'.charCodeAt(0)
const TERMINATE = 'X'.charCodeAt(0)
const READY = 'Z'.charCodeAt(0)
const IDLE = 'I'.charCodeAt(0)

/** Starts one, with two connections, in front of a server that asks for no password. */
export async function startPooler(serverUrl: string): Promise<TransactionPooler> {
  const target = new URL(serverUrl)
  const free: Socket[] = []
  const waiting: ((server: Socket) => void)[] = []
  const sockets = new Set<Socket>()
  let lent = 0

  for (let i = 0; i < 2; i++) free.push(await login())
  const listener = createServer({ noDelay: true }, serve).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const url = new URL(serverUrl)
  url.hostname = '127.0.0.1'
  url.port = String((listener.address() as { port: number }).port)
  return {
    url: url.href,
    get lent() {
      return lent
    },
    async stop() {
      listener.close()
      for (const socket of sockets) socket.destroy()
      await once(listener, 'close')
    },
  }

  async function login(): Promise<Socket> {
    const socket = connect({ port: Number(target.port || 5432), host: target.hostname, noDelay: true })
    sockets.add(socket)
    await once(socket, 'connect')
    const body = Buffer.from(
      `\0\x03\0\0user\0${decodeURIComponent(target.username) || 'postgres'}\0database\0${target.pathname.slice(1)}\0\0`,
      'latin1',
    )
    socket.write(Buffer.concat([int32(body.length + 4), body]))
    await new Promise<void>((resolve) => {
      const read = messages(({ type }) => type === READY && resolve())
      socket.on('data', read)
    })
    socket.removeAllListeners('data')
    return socket
  }

  function serve(client: Socket): void {
    sockets.add(client)
    let greeted = false
    let server: Socket | undefined
    let batch: Buffer[] = []
    client.on('error', () => undefined)
    const read = messages(({ type, whole }) => {
      if (type === TERMINATE) return client.end()
      batch.push(whole)
      if (type !== SYNC && type !== QUERY) return
      const statements = batch
      batch = []
      if (server) server.write(Buffer.concat(statements))
      else lend((connection) => begin(connection, statements))
    })
    client.on('data', (chunk) => {
      if (greeted) return read(chunk)
      // The packet that begins a connection: whoever it is, he is welcome.
      greeted = true
      client.write(
        Buffer.concat([message('R', int32(0)), message('K', int32(1), int32(1)), message('Z', Buffer.from('I'))]),
      )
    })

    function begin(connection: Socket, statements: readonly Buffer[]): void {
      server = connection
      connection.removeAllListeners('data')
      connection.on(
        'data',
        messages(({ type, whole }) => {
          client.write(whole)
          if (type !== READY || whole[5] !== IDLE) return
          server = undefined
          giveBack(connection)
        }),
      )
      connection.write(Buffer.concat(statements))
    }
  }

  function lend(borrow: (server: Socket) => void): void {
    lent++
    const server = free.shift()
    if (server) borrow(server)
    else waiting.push(borrow)
  }

  function giveBack(server: Socket): void {
    const next = waiting.shift()
    if (next) next(server)
    else free.push(server)
  }
}

/** Cuts a stream into messages: a byte for the type, four for the length. */
function messages(take: (message: { type: number; whole: Buffer }) => unknown): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 5 && rest.length >= 1 + rest.readUInt32BE(1)) {
      const whole = rest.subarray(0, 1 + rest.readUInt32BE(1))
      rest = rest.subarray(whole.length)
      take({ type: whole[0]!, whole })
    }
  }
}

export function message(type: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body])
}

export function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeInt32BE(value)
  return buffer
}
