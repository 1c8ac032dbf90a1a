import { appSessionOf, type Exchange } from '@sallyport/core'
import type { CookieSession } from './cookie-session.ts'
import type { Endings } from './ending.ts'
import type { KnownSession } from './known-session.ts'
import type { TrackerSettings } from './settings.ts'

/** Ends the session of a request, and tells the browser to forget what it holds of it. */
export class Logout {
  readonly #parts: {
    readonly settings: TrackerSettings
    readonly endings: Endings
    readonly cookie: CookieSession | undefined
  }

  constructor(parts: {
    readonly settings: TrackerSettings
    readonly endings: Endings
    readonly cookie: CookieSession | undefined
  }) {
    this.#parts = parts
  }

  /** @throws SecurityError ERR_STORE_UNAVAILABLE (503): then the user is still logged in */
  async logout(exchange: Exchange, session: KnownSession | undefined): Promise<void> {
    const { settings, endings, cookie } = this.#parts
    if (session !== undefined) await endings.end(session.tag, session.sid, { reason: 'logout', by: 'user' })
    await appSessionOf(exchange)?.destroy()
    if (exchange.headersSent) return
    if (cookie?.read(exchange) !== undefined) cookie.clear(exchange)
    // Not the cookies: the one of the device would go as well, and each login would be one from a new device.
    if (settings.clearSiteData !== undefined) exchange.setHeader('clear-site-data', settings.clearSiteData)
  }
}
