import { isConnectionSound } from './failure.ts'
import type { PostgresClient, PostgresResult } from './pool.ts'

/**
 * Most calls that share a connection: those behind wait for those before, which may each wait for the server's disk.
 */
const MOST = 8

interface Call {
  readonly text: string
  readonly values: unknown[] | undefined
  readonly resolve: (result: PostgresResult) => void
  readonly reject: (failure: unknown) => void
}

type Lend = (task: (client: PostgresClient) => Promise<void>) => Promise<void>

/**
 * Calls that go to the server in one piece, on one connection, and are each a transaction of its own: for a pool whose connections do not
 * wait for an answer before they send what comes next. Whoever calls while a connection is being lent comes along.
 */
export class Pipeline {
  readonly #lend: Lend
  #gathering: Call[] | undefined

  constructor(lend: Lend) {
    this.#lend = lend
  }

  query(text: string, values?: unknown[]): Promise<PostgresResult> {
    return new Promise((resolve, reject) => {
      const call = { text, values, resolve, reject }
      if (this.#gathering === undefined || this.#gathering.length === MOST) this.#gather(call)
      else this.#gathering.push(call)
    })
  }

  #gather(first: Call): void {
    const calls = [first]
    this.#gathering = calls
    const close = (): void => {
      if (this.#gathering === calls) this.#gathering = undefined
    }
    this.#lend((client) => {
      close()
      return send(client, calls)
    }).catch((thrown: unknown) => {
      close()
      // Who has been answered already does not hear of it.
      for (const { reject } of calls) reject(thrown)
    })
  }
}

/** Answers each call by itself. @throws what shows that the connection is of no use any more */
async function send(client: PostgresClient, calls: readonly Call[]): Promise<void> {
  let broken: { readonly thrown: unknown } | undefined
  await Promise.all(
    calls.map(({ text, values, resolve, reject }) =>
      client.query(text, values).then(resolve, (thrown: unknown) => {
        reject(thrown)
        if (!isConnectionSound(thrown)) broken ??= { thrown }
      }),
    ),
  )
  if (broken) throw broken.thrown
}
