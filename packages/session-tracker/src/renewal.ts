import { appSessionOf, type Exchange } from '@sallyport/core'
import type { CookieSession } from './cookie-session.ts'
import { sessionError } from './errors.ts'
import type { KnownSession } from './known-session.ts'
import type { Rotation } from './rotation.ts'

/** Gives the session of a request another secret id, however it comes: after a factor or a privilege was changed (ASVS 7.2.4). */
export class Renewal {
  readonly #rotation: Rotation
  readonly #cookie: CookieSession | undefined

  constructor(rotation: Rotation, cookie: CookieSession | undefined) {
    this.#rotation = rotation
    this.#cookie = cookie
  }

  /** A token is renewed by who has issued it. @throws SecurityError ERR_SESSION_ENDED (401), ERR_STORE_UNAVAILABLE (503) */
  async renew(exchange: Exchange, { tag, sid, record }: KnownSession): Promise<void> {
    if (record.carrier === 'cookie') {
      const raw = this.#cookie!.draw(tag, sid)
      const known = await this.#rotation.record(tag, sid, raw)
      if (known === undefined) throw sessionError('ERR_SESSION_ENDED')
      this.#cookie!.write(exchange, raw, known.record)
      return
    }
    const app = record.carrier === 'session' ? appSessionOf(exchange) : undefined
    if (app === undefined) return
    const known = await this.#rotation.rotate(tag, sid, app)
    if (known === undefined && app.id !== undefined) throw sessionError('ERR_SESSION_ENDED')
  }
}
