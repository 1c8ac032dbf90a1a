import type { Environment } from './environment.ts'
import type { Principal } from './principal.ts'

/** Where a request is served: the framework's own objects, for callbacks of the app. Gates do not look here. */
export interface Host {
  /** `node` for Express, Connect and plain node:http, `koa` for Koa; doors add their own. */
  readonly kind: string
  /** What the app's handlers see: Express's `req`, Koa's `ctx`. */
  readonly seen: object
}

/** A request's body. */
export interface RequestBody {
  /** Its media type in lower case, without parameters; empty where the request does not say. */
  readonly type: string
  /**
   * What is in it: the value of JSON; the fields of a form by name, each a string, or a list where it came several times; the text of a JWT.
   * What a parser mounted before has made of it stands as it is. `undefined` where there is no body.
   */
  readonly value: unknown
}

/** How a response ended. */
export interface Outcome {
  readonly status: number
  /** False when the connection ended before the response did. */
  readonly completed: boolean
}

/** A value that the app is about to serialise, and what is known of it. */
export type ObjectHook = (body: unknown, exchange: Exchange) => unknown

/** Runs right before the headers leave: may still set some. Synchronous. What it throws replaces the response. */
export type HeadersHook = (exchange: Exchange, status: number) => void

/** Runs right before the response ends: a promise holds it, a rejection replaces it with the error if nothing has left yet. */
export type EndHook = (exchange: Exchange, status: number) => void | Promise<void>

/** Changes the bytes of a body on their way out. What it throws replaces the response, or cuts it off where some of it has left. */
export interface BodyFilter {
  write(bytes: Uint8Array): Uint8Array
  /** What was held back. */
  end(): Uint8Array
}

/** What somebody wants to do with the body of a response. */
export interface BodyPlan {
  readonly filter?: BodyFilter
  /**
   * The client's `If-None-Match`, taken off the request so that it is compared with the validator of what is sent, and never with that of
   * what the app meant to send.
   */
  readonly ifNoneMatch?: string
}

/** Asked once, right before the headers leave. */
export type BodyHook = (exchange: Exchange, status: number) => BodyPlan | undefined

/** Runs when all is over. Too late to change anything. */
export type FinishHook = (exchange: Exchange, outcome: Outcome) => void

/**
 * One request with its response, seen without the framework. Made once per request and shared by all gates on it.
 */
export interface Exchange {
  readonly environment: Environment
  readonly host: Host

  readonly method: string
  /** The path as the client sent it: undecoded, without query, also below a mounted router. */
  readonly path: string
  /** The query string as the client sent it, without `?`; empty when there is none. */
  readonly search: string
  /** A request header; of a header that came twice, what Node makes of it. */
  header(name: string): string | undefined
  /** All values of a request header, one for each line that came. */
  headerLines(name: string): readonly string[]
  /** Cookies by name, each with all its values in the order they came; browsers send the more specific one first. */
  readonly cookies: ReadonlyMap<string, readonly string[]>
  /** Address of the client: the peer's, or what a trusted proxy says. Normalised; empty when the peer is gone. */
  readonly clientAddress: string
  /** Address of the connection's other end. */
  readonly peerAddress: string
  /** Whether the connection's other end is one of the environment's trusted proxies. */
  readonly peerTrusted: boolean
  /**
   * The certificate that the connection's other end holds the key of, as the TLS handshake has shown, in DER; `undefined` where there is
   * none. Whether anybody vouches for it is not said.
   */
  readonly peerCertificate: Uint8Array | undefined
  /** Scheme and authority that the client used, such as `https://api.example.com`, as far as it can be trusted. */
  readonly origin: string
  /** Whether this is a WebSocket (or other) upgrade. */
  readonly upgrade: boolean

  /**
   * The body as JSON, a form or a JWT: what a parser mounted before has made of it, else it is read here, once. Whoever reads it should also
   * answer, because a parser mounted later finds nothing left.
   * @param limit the most that is read, in bytes
   * @throws SecurityError ERR_BODY_MALFORMED (400), ERR_BODY_TOO_LARGE (413), ERR_BODY_TYPE (415)
   */
  readBody(limit: number): Promise<RequestBody>
  /** Gives handlers, and parsers mounted later, another value for the body that was read. */
  replaceBody(value: unknown): void
  /** Takes a header off the request: handlers do not see it. Gives what it was. */
  takeHeader(name: string): string | undefined

  /** Who is calling, once a gate knows it. */
  readonly principal: Principal | undefined
  /**
   * Says who is calling. For an ambient credential and an unsafe method the same-origin proof is demanded here.
   *
   * The first credential stands, unless it was ambient and a later one was sent on purpose; a second one never adds roles, scopes
   * or `amr` to the first.
   * @throws SecurityError ERR_CREDENTIAL_CONFLICT (400), ERR_CROSS_ORIGIN (403), or the refusal of an earlier credential
   */
  authenticate(principal: Principal): void
  /**
   * Replaces what is known of the same account: after step-up, a new session.
   * @throws SecurityError ERR_CREDENTIAL_CONFLICT (400)
   */
  elevate(principal: Principal): void
  /** Remembers that a credential was refused, so that no other one rescues the request. */
  rejectCredential(error: Error): void
  /** Adds a challenge for whoever answers 401 later on this exchange. */
  offerChallenge(challenge: string): void
  /** The challenges that were offered. */
  readonly challenges: readonly string[]

  readonly headersSent: boolean
  /** A header of the response as it is now. */
  responseHeader(name: string): string | undefined
  /** @throws SecurityError ERR_RESPONSE_STARTED (500) */
  removeHeader(name: string): void
  /** @throws SecurityError ERR_RESPONSE_STARTED (500) */
  setHeader(name: string, value: string | readonly string[]): void
  /** Adds a value to a header that may come several times, such as `Set-Cookie` or `Vary`. */
  appendHeader(name: string, value: string): void

  onObject(hook: ObjectHook): void
  /** Changes the bytes of the body, whoever writes them. Comes after `onObject` and before headers leave. */
  onBody(hook: BodyHook): void
  beforeHeaders(hook: HeadersHook): void
  beforeEnd(hook: EndHook): void
  onFinish(hook: FinishHook): void

  /**
   * Cuts the response and its connection off, whatever has left: for one that goes on after its right to has ended, such as an event
   * stream.
   */
  abort(): void
}
