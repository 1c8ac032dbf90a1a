import { hash } from 'node:crypto'
import type { Environment, Principal } from '@sallyport/core'
import { tagOf } from './account.ts'
import type { Endings } from './ending.ts'
import type { Ending } from './hooks.ts'
import type { Upstream } from './record.ts'
import type { TrackerSettings } from './settings.ts'

const OWNER = 'upstream'
const PAGE = 100
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Which sessions here hang on which login at somebody else's, so that they end with it. */
export class UpstreamIndex {
  readonly #environment: Environment
  readonly #endings: Endings
  readonly #absolute: number

  constructor({ environment, absolute }: TrackerSettings, endings: Endings) {
    this.#environment = environment
    this.#endings = endings
    this.#absolute = absolute
  }

  /** Notes that a session is about to begin. Before it does: what is noted for nothing does no harm. */
  async note(upstream: Upstream, tag: string, sid: string): Promise<void> {
    const put = {
      put: hash('sha256', sid, 'base64url'),
      value: encoder.encode(JSON.stringify({ tag, sid })),
      owner: OWNER,
    }
    const ttl = this.#absolute * 1000
    await Promise.all(placesOf(upstream).map((place) => this.#environment.store.commit(place, [{ ...put, ttl }])))
  }

  /** Whether the login at somebody else's was ended already. @param now seconds */
  isOver({ issuer, sid, subject }: Upstream, now: number): boolean {
    const credential = { kind: 'session', ambient: false, issuedAt: now }
    const principal: Principal = {
      issuer,
      subject: subject ?? '',
      roles: [],
      amr: [],
      ...(sid !== undefined && { sid }),
      credential,
    }
    return this.#environment.revocations.find(principal) !== undefined
  }

  /**
   * Ends every session that hangs on a session at somebody else's, or on all of a user's there; tokens of that issuer fall too.
   * @returns how many were ended here
   */
  async end(upstream: Upstream, ending: Ending): Promise<number> {
    const { issuer, sid, subject } = upstream
    await this.#revoke(upstream, ending.reason)
    const place = placesOf(sid === undefined ? upstream : { issuer, sid })[0]
    let ended = place === undefined ? 0 : await this.#endAt(place, ending)
    if (subject !== undefined) {
      const tag = tagOf({ issuer, subject })
      if (sid === undefined) ended += await this.#endings.endAll(tag, ending)
      else if (await this.#endings.end(tag, sid, ending)) ended++
    }
    return ended
  }

  async #endAt(place: string, ending: Ending): Promise<number> {
    let ended = 0
    let after: string | undefined
    do {
      const options = { limit: PAGE, ...(after !== undefined && { after }) }
      const page = await this.#environment.store.listOwned(place, OWNER, options)
      for (const { value } of page) {
        const { tag, sid } = JSON.parse(decoder.decode(value)) as { tag: string; sid: string }
        if (await this.#endings.end(tag, sid, ending)) ended++
      }
      after = page.length < PAGE ? undefined : page.at(-1)!.id
    } while (after !== undefined)
    return ended
  }

  async #revoke({ issuer, sid, subject }: Upstream, reason: string): Promise<void> {
    const { revocations, clock } = this.#environment
    const now = Math.floor(clock.now() / 1000)
    const common = { issuer, expiresAt: now + this.#absolute, reason }
    if (sid !== undefined) await revocations.revoke({ kind: 'session', id: sid, ...common })
    else if (subject !== undefined) await revocations.revoke({ kind: 'subject', subject, notAfter: now, ...common })
  }
}

/** Where the sessions of a login at somebody else's are noted: by its session, and by its user. */
function placesOf({ issuer, sid, subject }: Upstream): string[] {
  const place = (kind: string, name: string): string =>
    `session-tracker.upstream:${hash('sha256', JSON.stringify([kind, issuer, name]), 'base64url').slice(0, 22)}`
  return [...(sid === undefined ? [] : [place('sid', sid)]), ...(subject === undefined ? [] : [place('sub', subject)])]
}
