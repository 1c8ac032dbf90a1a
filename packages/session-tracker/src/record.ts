import type { AccountId } from '@sallyport/core'
import type { ClientInfo } from './client/user-agent.ts'
import type { Place } from './client/place.ts'

/** How a session comes with a request: the app's own session, a cookie of this package's, or a token. */
export type Carrier = 'session' | 'cookie' | 'token'

/** What a login said, kept for the cookie session, whose requests say nothing but its id. */
export interface KeptLogin {
  readonly roles: readonly string[]
  readonly scopes?: readonly string[]
}

/** Where a session came from, when somebody else has logged the user in: an OpenID provider, with its names for session and user. */
export interface Upstream {
  readonly issuer: string
  readonly sid?: string
  readonly subject?: string
}

/** An id that the session had before, and when it was given up, in seconds. */
export interface RetiredKey {
  readonly key: string
  readonly at: number
}

/** What was seen of whoever uses a session. */
export interface Seen {
  readonly client: ClientInfo
  /** The first language that the client asks for, without its region. */
  readonly language?: string
  /** The system as Chromium names it in `Sec-CH-UA-Platform`. */
  readonly hint?: string
  readonly place?: Place
  /** As the option `addresses` has it. */
  readonly address?: string
  /** The autonomous system, or a wide prefix of the address: what changes when somebody changes networks. */
  readonly network?: string
  /** Id of the device, where its cookie came with the request. */
  readonly device?: string
}

/** A session that counts. Times are in seconds since the Unix epoch. */
export interface LiveSession extends Seen {
  readonly state: 'live'
  readonly account: AccountId
  readonly carrier: Carrier
  readonly createdAt: number
  readonly lastSeenAt: number
  /** When it ends, whatever happens. */
  readonly endsAt: number
  /** Set once a request has brought the cookie of its device: until then its absence says nothing. */
  readonly confirmed?: true
  /** What is kept of its secret id. */
  readonly key?: string
  readonly retired?: readonly RetiredKey[]
  /** The token that it is, where tokens name no session. */
  readonly token?: string
  /** Thumbprint of the key that its tokens are bound to (RFC 7800). */
  readonly jkt?: string
  readonly amr: readonly string[]
  readonly acr?: string
  readonly authTime?: number
  readonly login?: KeptLogin
  readonly upstream?: Upstream
}

/** What is left of a session, so that nothing brings it back. */
export interface EndedSession {
  readonly state: 'ended'
  readonly account: AccountId
  readonly createdAt: number
  readonly endedAt: number
  readonly endsAt: number
  readonly reason: string
  readonly key?: string
  readonly token?: string
}

export type SessionRecord = LiveSession | EndedSession
