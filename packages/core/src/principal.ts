/** How a caller proved who they are. */
export interface Credential {
  /** `bearer`, `dpop`, `cookie`, `session`, `gateway-header`, `api-key`, `mtls` … */
  readonly kind: string
  /** The credential's own public id, such as a token's `jti`. Never the credential itself. */
  readonly id?: string
  /**
   * True where the browser sends the credential by itself (a cookie, a client certificate). Unsafe
   * methods then need a same-origin proof, because another site can make the browser send it.
   */
  readonly ambient: boolean
  /** When the credential was issued, in seconds since the Unix epoch. */
  readonly issuedAt?: number
  /** When the credential ends, in seconds since the Unix epoch. */
  readonly expiresAt?: number
}

/** Who acts on behalf of the subject (RFC 8693, section 4.1). */
export interface Actor {
  readonly issuer?: string
  readonly subject: string
  readonly actor?: Actor
}

/** Who an account belongs to. All state is keyed by these three together, never by a bare subject. */
export interface AccountId {
  readonly issuer: string
  readonly tenant?: string
  readonly subject: string
}

/** Who is calling. Frozen: gates read it, only a login makes it. */
export interface Principal extends AccountId {
  /** On whose behalf somebody else acts: the one who acts. */
  readonly actor?: Actor
  readonly roles: readonly string[]
  /**
   * What the credential may be used for. Absent means that the credential has no scopes at all (a
   * session); an empty list means that it allows nothing.
   */
  readonly scopes?: readonly string[]
  /** Authentication methods (RFC 8176), such as `['pwd', 'otp']`. */
  readonly amr: readonly string[]
  /** Authentication context class: how sure the login is. */
  readonly acr?: string
  /** When the user last proved who they are, in seconds since the Unix epoch. */
  readonly authTime?: number
  /** The session that the credential belongs to. */
  readonly sid?: string
  readonly credential: Credential
  /** What the credential said, verified: a token's claims. */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** Whether two accounts are one: same issuer, tenant and subject. */
export function sameAccount(a: AccountId, b: AccountId): boolean {
  return a.subject === b.subject && a.issuer === b.issuer && a.tenant === b.tenant
}
