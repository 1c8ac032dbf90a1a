import type { AppSession } from '@sallyport/core'
import type { Found } from './sessions.ts'

/** What the app's own session keeps of the tracked one, so that a session is known again under another id, and missed when it is gone. */
export interface Marker {
  readonly sid: string
  readonly tag: string
  readonly issuer: string
}

/** The name under which the app's session holds it. */
export const MARKER = 'sallyport'

/** The marker that a session holds; nothing where it has none. */
export function markerIn(value: unknown): Marker | undefined {
  const { sid, tag, issuer } = Object(value) as Partial<Marker>
  const whole = typeof sid === 'string' && typeof tag === 'string' && typeof issuer === 'string'
  return whole ? { sid, tag, issuer } : undefined
}

export function mark(session: AppSession, { sid, tag, record }: Pick<Found, 'sid' | 'tag' | 'record'>): void {
  session.set(MARKER, { sid, tag, issuer: record.account.issuer })
}
