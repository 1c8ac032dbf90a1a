import { debugOf, demandSameOrigin, SecurityError, type Exchange, type Principal } from '@sallyport/core'
import type { Admission } from './admission.ts'
import type { KnownSession } from './known-session.ts'
import type { LiveSession } from './record.ts'
import { drawSecret, sameText } from './secret.ts'
import type { TrackerSettings } from './settings.ts'

const debug = debugOf('session-tracker')

/** What the cookie holds: where the session is, and the secret that makes it the user's. */
export interface CookieParts {
  readonly tag: string
  readonly sid: string
  readonly raw: string
}

// 15, 16 and 32 bytes.
const form = /^([\w-]{20})([\w-]{22})\.([\w-]{43})$/

/** Refusals that only say that a session is over: whoever comes with it is a stranger, and may log in. */
const OVER = new Set(['ERR_SESSION_ENDED', 'ERR_SESSION_EXPIRED'])

/** The session cookie of an app that has no sessions of its own: an opaque id, and everything else in the store. */
export class CookieSession {
  readonly name: string
  readonly #settings: TrackerSettings

  constructor(settings: TrackerSettings, name: string) {
    this.#settings = settings
    this.name = name
  }

  /** The cookie of a request; nothing where there is none, two, or something else. */
  read(exchange: Exchange): CookieParts | undefined {
    const values = exchange.cookies.get(this.name)
    if (values?.length !== 1) return undefined
    const [raw, tag, sid] = form.exec(values[0]!) ?? []
    return raw === undefined || tag === undefined || sid === undefined ? undefined : { raw, tag, sid }
  }

  /** Whether a request brings the secret that this process has seen before. */
  fits(known: KnownSession, { raw, tag }: CookieParts): boolean {
    return known.tag === tag && known.secret !== undefined && sameText(known.secret, raw)
  }

  draw(tag: string, sid: string): string {
    return `${tag}${sid}.${drawSecret()}`
  }

  /** @param raw what `draw` made */
  write(exchange: Exchange, raw: string, { endsAt, createdAt }: LiveSession): void {
    this.#put(exchange, raw, endsAt - createdAt)
  }

  clear(exchange: Exchange): void {
    if (!exchange.headersSent) this.#put(exchange, '', 0)
  }

  /** Another site must not log its visitors in to an account of its own choice. */
  demandOwnPage(exchange: Exchange): void {
    demandSameOrigin(exchange, this.#settings.environment.allowedOrigins)
  }

  /**
   * The session of a cookie that this process does not know. One that is over leaves a stranger, whose cookie is taken back.
   * @throws SecurityError what else the admission refuses with
   */
  async admit(exchange: Exchange, parts: CookieParts, admission: Admission): Promise<KnownSession | undefined> {
    try {
      const known = await admission.admitCookie(exchange, parts)
      if (known !== undefined) return known
    } catch (thrown) {
      if (!SecurityError.is(thrown) || !OVER.has(thrown.code)) throw thrown
      debug(`${exchange.method} ${exchange.path}: ${thrown.code}, the cookie is taken back`)
    }
    this.clear(exchange)
    return undefined
  }

  #put(exchange: Exchange, value: string, maxAge: number): void {
    exchange.appendHeader(
      'set-cookie',
      `${this.name}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; Secure; SameSite=Lax`,
    )
  }
}

/** Who the cookie session belongs to. */
export function principalOf({ record, sid }: KnownSession): Principal {
  const { account, amr, acr, authTime, login, createdAt, endsAt } = record
  const { roles = [], scopes } = login ?? {}
  return Object.freeze({
    ...account,
    roles,
    ...(scopes !== undefined && { scopes }),
    amr,
    ...(acr !== undefined && { acr }),
    ...(authTime !== undefined && { authTime }),
    sid,
    credential: Object.freeze({ kind: 'session', ambient: true, issuedAt: createdAt, expiresAt: endsAt }),
  })
}
