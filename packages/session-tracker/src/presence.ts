import { appSessionOf, type AppSession, type Credential, type Exchange, type Principal } from '@sallyport/core'
import { MARKER, markerIn } from './marker.ts'
import type { Carrier } from './record.ts'
import { sidOf } from './secret.ts'

/** How a session is present on a request. */
export interface Presence {
  readonly sid: string
  readonly carrier: Carrier
  /** The app's own session that carries it. */
  readonly app?: AppSession
  /** Whether that one was tracked before. */
  readonly marked: boolean
  /** The token that the session is, where tokens name none. */
  readonly token?: string
}

/** Kinds of credentials that are a token of a login; others, such as API keys, are no sessions. */
const TOKENS = new Set(['bearer', 'dpop', 'cookie'])

/** The app's own session, where a login rides on it; a token in a cookie does not, whatever else the app keeps in sessions. */
export function carriedByApp(exchange: Exchange, { ambient, kind }: Credential): AppSession | undefined {
  return ambient && !TOKENS.has(kind) ? appSessionOf(exchange) : undefined
}

/** The session that a principal's request belongs to; nothing where its credential belongs to none. */
export function presenceOf(exchange: Exchange, { sid, credential }: Principal): Presence | undefined {
  const app = carriedByApp(exchange, credential)
  if (app !== undefined) return ofApp(app, sid)
  if (sid !== undefined)
    return { sid, carrier: credential.ambient && !TOKENS.has(credential.kind) ? 'session' : 'token', marked: false }
  if (credential.id === undefined || !TOKENS.has(credential.kind)) return undefined
  return { sid: `jti:${credential.id}`, carrier: 'token', marked: false, token: credential.id }
}

function ofApp(app: AppSession, named: string | undefined): Presence | undefined {
  const marker = markerIn(app.get(MARKER))
  const sid = named ?? marker?.sid ?? (app.id === undefined ? undefined : sidOf(app.id))
  // All of it is in the cookie, and nobody has announced it: there is nothing to know it by yet.
  return { sid: sid ?? '', carrier: 'session', app, marked: marker !== undefined }
}

/** The same without a look at the app's session: for who asks after the gate, which has put the name into the principal. */
export function sidIn({ sid, credential }: Principal): string | undefined {
  if (sid !== undefined) return sid
  return credential.id === undefined || !TOKENS.has(credential.kind) ? undefined : `jti:${credential.id}`
}
