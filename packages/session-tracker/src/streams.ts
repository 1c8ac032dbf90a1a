import type { Environment, Exchange, Principal } from '@sallyport/core'
import type { KnownSession } from './known-session.ts'

/** Responses that go on after their request was let in: event streams. Each ends with its session, also when another node ends it. */
export class Streams {
  readonly #open = new Map<KnownSession, Set<Exchange>>()
  readonly #environment: Environment

  constructor(environment: Environment) {
    this.#environment = environment
    environment.revocations.onChange(() => this.#look())
    environment.onClose(() => {
      for (const known of this.#open.keys()) this.end(known)
    })
  }

  /** Whether a request asks for a response that goes on, as an `EventSource` does. */
  asks(exchange: Exchange): boolean {
    return exchange.header('accept')?.includes('text/event-stream') === true
  }

  follow(exchange: Exchange, known: KnownSession): void {
    const streams = this.#open.get(known) ?? new Set()
    this.#open.set(known, streams)
    if (streams.has(exchange)) return
    streams.add(exchange)
    exchange.onFinish(() => {
      streams.delete(exchange)
      if (streams.size === 0) this.#open.delete(known)
    })
  }

  has(known: KnownSession): boolean {
    return this.#open.has(known)
  }

  end(known: KnownSession): void {
    const streams = this.#open.get(known)
    this.#open.delete(known)
    for (const exchange of streams ?? []) exchange.abort()
  }

  #look(): void {
    for (const known of this.#open.keys()) {
      if (this.#environment.revocations.find(principalOf(known)) === undefined) continue
      known.gone = true
      this.end(known)
    }
  }
}

function principalOf({ record, sid }: KnownSession): Principal {
  const { account, token, createdAt } = record
  const credential = { kind: 'session', ambient: false, issuedAt: createdAt, ...(token !== undefined && { id: token }) }
  return { ...account, roles: [], amr: [], sid, credential }
}
