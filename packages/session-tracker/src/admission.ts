import { consultRevocations, debugOf, isPromise, type Exchange, type Principal, type Revocation } from '@sallyport/core'
import { accountOf, eventAccount, tagOf } from './account.ts'
import type { Begun, Beginning } from './begin.ts'
import { principalOf, type CookieParts } from './cookie-session.ts'
import type { Observer } from './client/observer.ts'
import type { Endings } from './ending.ts'
import { sessionError } from './errors.ts'
import { thumbprintOf, type Watch } from './hijack/watch.ts'
import type { KnownSession, KnownSessions } from './known-session.ts'
import type { LastSeen } from './last-seen.ts'
import { mark } from './marker.ts'
import type { Presence } from './presence.ts'
import type { EndedSession, LiveSession } from './record.ts'
import { standingOf, type Rotation, type Standing } from './rotation.ts'
import { drawId, keyOf } from './secret.ts'
import type { Found, Sessions } from './sessions.ts'
import type { TrackerSettings } from './settings.ts'

const debug = debugOf('session-tracker')

/** What admission is made of. */
export interface AdmissionParts {
  readonly settings: TrackerSettings
  readonly sessions: Sessions
  readonly known: KnownSessions
  readonly beginning: Beginning
  readonly endings: Endings
  readonly rotation: Rotation
  readonly observer: Observer
  readonly watch: Watch
  readonly lastSeen: LastSeen
}

/** Decides about requests whose session this process does not know, or does not know well enough. */
export class Admission {
  readonly #parts: AdmissionParts

  constructor(parts: AdmissionParts) {
    this.#parts = parts
  }

  /**
   * The session of a request, once all that can be said against it was looked at; nothing where the app has said to go on when nobody
   * can tell.
   * @throws SecurityError ERR_SESSION_ENDED, ERR_SESSION_EXPIRED, ERR_SESSION_UNDATED, ERR_SESSION_SUSPICIOUS (401),
   *   ERR_SESSION_LIMIT (403), ERR_STORE_UNAVAILABLE (503)
   */
  async admit(exchange: Exchange, principal: Principal, presence: Presence): Promise<KnownSession | undefined> {
    const { sessions, known, watch, lastSeen } = this.#parts
    const tag = tagOf(principal)
    const looked = presence.sid === '' ? 'none' : await sessions.look(tag, presence.sid)
    if (looked === 'unknown') return undefined
    const found = looked === 'none' ? await this.#absent(exchange, principal, presence, tag) : looked
    if (found === undefined) return undefined
    const live = await this.#demandLive(found)
    const session = await this.#demandSecret(known.add(live), presence.app?.id)
    await this.demandUnrevoked(session, principal)
    if (presence.app && !presence.marked) mark(presence.app, session)
    watch.demandBinding(session, principal)
    if (await watch.look(exchange, session)) lastSeen.write(session)
    return session
  }

  /**
   * The same for the cookie session, which is known by its cookie alone; nothing where there is no such session, or the secret is another.
   * @throws SecurityError as `admit`
   */
  async admitCookie(exchange: Exchange, { tag, sid, raw }: CookieParts): Promise<KnownSession | undefined> {
    const { sessions, known, watch, lastSeen } = this.#parts
    const found = await sessions.look(tag, sid)
    if (found === 'none' || found === 'unknown' || found.record.key === undefined) return undefined
    const live = await this.#demandLive(found)
    const standing = this.#standing(live.record, raw)
    if (live.record.carrier !== 'cookie' || standing === 'unknown') return undefined
    if (standing === 'retired') await this.#refuseReused(live)
    const session = known.add(live)
    session.principal = principalOf(session)
    await this.demandUnrevoked(session, session.principal)
    if (standing === 'current') session.secret = raw
    if (await watch.look(exchange, session)) lastSeen.write(session)
    return session
  }

  /** @throws SecurityError ERR_SESSION_ENDED (401), ERR_STORE_UNAVAILABLE (503) */
  demandUnrevoked(session: KnownSession, principal: Principal): void | Promise<void> {
    const { environment, onStoreFailure } = this.#parts.settings
    const { version } = environment.revocations
    const named = principal.sid === session.sid ? principal : { ...principal, sid: session.sid }
    const hit = consultRevocations(environment, dated(named, session.record), onStoreFailure)
    return isPromise(hit) ? hit.then((late) => this.#judge(session, late, version)) : this.#judge(session, hit, version)
  }

  #judge(session: KnownSession, hit: Revocation | undefined, version: number): void {
    if (hit !== undefined) throw sessionError('ERR_SESSION_ENDED')
    session.checked = version
  }

  async #absent(exchange: Exchange, principal: Principal, presence: Presence, tag: string): Promise<Found | undefined> {
    const { settings, beginning, observer } = this.#parts
    // It was tracked once, and is no more: it has ended or expired long ago, or the store has lost everything.
    if (presence.marked) throw sessionError('ERR_SESSION_ENDED')
    if (!settings.autoTrack) return undefined
    const { app, carrier, token } = presence
    const { amr, acr, authTime, roles, credential } = principal
    const datedAt = authTime ?? credential.issuedAt
    const now = Math.floor(settings.environment.clock.now() / 1000)
    if (authTime !== undefined && now >= authTime + settings.absolute) throw sessionError('ERR_SESSION_EXPIRED')
    const jkt = thumbprintOf(principal)
    const begun: Begun = await beginning.begin(exchange, observer.inputs(exchange), {
      account: accountOf(principal),
      tag,
      sid: presence.sid === '' ? drawId() : presence.sid,
      carrier,
      roles,
      amr,
      ...(acr !== undefined && { acr }),
      ...(authTime !== undefined && { authTime }),
      ...(app?.id !== undefined && { key: keyOf(app.id) }),
      ...(token !== undefined && { token }),
      ...(jkt !== undefined && { jkt }),
      found: 'request',
      datedAt,
      instead: [],
      browser: credential.ambient,
    })
    debug(`${exchange.method} ${exchange.path}: ${begun.fresh ? 'tracks' : 'found'} a session`)
    return begun.found
  }

  async #demandLive(found: Found): Promise<Found<LiveSession>> {
    const { settings, sessions, known, endings } = this.#parts
    const { record, tag, sid } = found
    if (record.state === 'ended') {
      await endings.finish(found as Found<EndedSession>)
      throw sessionError('ERR_SESSION_ENDED')
    }
    const now = Math.floor(settings.environment.clock.now() / 1000)
    const here = known.get(sid)
    const lastSeenAt =
      here?.tag === tag ? Math.max(record.lastSeenAt, Math.floor(here.lastSeen / 1000)) : record.lastSeenAt
    if (sessions.isLive({ ...record, lastSeenAt }, now)) return found as Found<LiveSession>
    await endings.end(tag, sid, { reason: now >= record.endsAt ? 'absolute' : 'idle', by: 'policy' })
    throw sessionError('ERR_SESSION_EXPIRED')
  }

  #standing(record: LiveSession, secret: string): Standing {
    const { environment, rotationGrace } = this.#parts.settings
    return standingOf(record, keyOf(secret), Math.floor(environment.clock.now() / 1000), rotationGrace)
  }

  async #demandSecret(session: KnownSession, secret: string | undefined): Promise<KnownSession> {
    if (secret === undefined) return session
    switch (this.#standing(session.record, secret)) {
      case 'current':
        session.secret = secret
        return session
      case 'just-retired':
        return session
      case 'retired':
        return this.#refuseReused(session.found)
      case 'unknown': {
        // The app has given its session another id, as Passport does at a login: what it holds names the tracked one.
        const moved = await this.#parts.rotation.record(session.tag, session.sid, secret)
        if (moved === undefined) throw sessionError('ERR_SESSION_ENDED')
        return moved
      }
    }
  }

  /** Two parties hold an id that only its owner had, and that its owner has given up. */
  async #refuseReused({ tag, sid, record }: Found<LiveSession>): Promise<never> {
    const { endings, settings } = this.#parts
    await endings.end(tag, sid, { reason: 'reused', by: 'system' })
    await settings.environment.publish('session.reused', { account: eventAccount(record.account, sid) })
    throw sessionError('ERR_SESSION_ENDED')
  }
}

/** A login that does not say when it was is as old as its session. */
function dated(principal: Principal, { createdAt }: LiveSession): Principal {
  if (principal.credential.issuedAt !== undefined) return principal
  return { ...principal, credential: { ...principal.credential, issuedAt: createdAt } }
}
