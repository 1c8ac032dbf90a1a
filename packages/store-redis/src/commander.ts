import type { Connection } from './connection.ts'
import { refusal, replyWord } from './failure.ts'
import type { Link, Send } from './link.ts'
import type { Argument } from './names.ts'
import type { Script } from './scripts/script.ts'

/** How long a write waits for the replicas, in milliseconds: what other calls of the process wait behind it. */
const PATIENCE = 100

/** Runs commands and scripts, each in one round trip. */
export class Commander {
  readonly #connection: Connection
  readonly #replicas: number

  constructor(connection: Connection, replicas: number) {
    this.#connection = connection
    this.#replicas = replicas
  }

  call(key: Argument, command: readonly Argument[]): Promise<unknown> {
    return this.#connection.use((link) => link.send(key, command))
  }

  read(script: Script, keys: readonly Argument[], args: readonly Argument[]): Promise<unknown> {
    return this.#connection.use((link) => evaluate(script, keys, args, (command) => link.send(keys[0]!, command)))
  }

  /** The same for what others rely on once it has been acknowledged. */
  write(script: Script, keys: readonly Argument[], args: readonly Argument[]): Promise<unknown> {
    if (this.#replicas === 0) return this.read(script, keys, args)
    return this.#connection.use((link) =>
      evaluate(script, keys, args, (command) => this.#confirmed(link, keys[0]!, command)),
    )
  }

  masters(): Promise<readonly Send[]> {
    return this.#connection.use((link) => link.masters())
  }

  async #confirmed(link: Link, key: Argument, command: readonly Argument[]): Promise<unknown> {
    const [reply, confirmed] = await link.sendAndWait(key, command, this.#replicas, PATIENCE)
    if (confirmed < this.#replicas) throw refusal('ERR_REDIS_REPLICAS')
    return reply
  }
}

/** By its name, and by its text where the server does not know it: one that was restarted, or is new in the cluster. */
async function evaluate(
  { sha, source }: Script,
  keys: readonly Argument[],
  args: readonly Argument[],
  send: Send,
): Promise<unknown> {
  const rest = [String(keys.length), ...keys, ...args]
  try {
    return await send(['EVALSHA', sha, ...rest])
  } catch (thrown) {
    if (replyWord(thrown) !== 'NOSCRIPT') throw thrown
    return send(['EVAL', source, ...rest])
  }
}
