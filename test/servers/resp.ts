import { connect } from 'node:net'

/** An answer of Redis. */
export type Reply = string | number | null | readonly Reply[]

const LIMIT = 5000

type Command = readonly (string | number)[]

/** Sends one command over a connection of its own: what tests do to a server, apart from the clients that they test. */
export async function redisCommand(port: number, ...words: Command): Promise<Reply> {
  return (await redisCommands(port, [words]))[0]!
}

/** Sends several over one connection, for those that speak of what the connection did before. */
export function redisCommands(port: number, commands: readonly Command[]): Promise<readonly Reply[]> {
  const named = commands.map(([name]) => name).join(', ')
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    const replies: Reply[] = []
    let received = ''
    const settle = (done: () => void): void => {
      socket.destroy()
      done()
    }
    socket.setTimeout(LIMIT, () => settle(() => reject(new Error(`Redis did not answer ${named} within ${LIMIT} ms`))))
    socket.on('error', reject)
    socket.on('close', () => reject(new Error(`Redis closed the connection on ${named}`)))
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      try {
        for (let parsed = parse(received, 0); parsed; parsed = parse(received, 0)) {
          replies.push(parsed.reply)
          received = received.slice(parsed.end)
        }
      } catch (failure) {
        return settle(() => reject(failure))
      }
      if (replies.length === commands.length) settle(() => resolve(replies))
    })
    socket.write(commands.map(spelt).join(''), 'latin1')
  })
}

function spelt(words: Command): string {
  const texts = words.map((word) => Buffer.from(String(word)).toString('latin1'))
  return `*${texts.length}\r\n${texts.map((text) => `$${text.length}\r\n${text}\r\n`).join('')}`
}

interface Parsed {
  readonly reply: Reply
  readonly end: number
}

/** Reads one answer; `undefined` while it is not complete. @throws Error what Redis answered as an error */
function parse(text: string, start: number): Parsed | undefined {
  const stop = text.indexOf('\r\n', start)
  if (stop < 0) return undefined
  const line = text.slice(start + 1, stop)
  const end = stop + 2
  switch (text[start]) {
    case '+':
      return { reply: line, end }
    case ':':
      return { reply: Number(line), end }
    case '$': {
      const length = Number(line)
      if (length < 0) return { reply: null, end }
      return text.length < end + length + 2
        ? undefined
        : { reply: text.slice(end, end + length), end: end + length + 2 }
    }
    case '*':
      return parseList(text, Number(line), end)
    default:
      throw new Error(line)
  }
}

function parseList(text: string, length: number, start: number): Parsed | undefined {
  const reply: Reply[] = []
  let end = start
  for (let i = 0; i < length; i++) {
    const item = parse(text, end)
    if (!item) return undefined
    reply.push(item.reply)
    ;({ end } = item)
  }
  return { reply, end }
}
