/** What other services say to each other. */
export type SecurityEventKind = 'back-channel-logout' | 'session-revoked'

declare module '@sallyport/core' {
  interface SecurityEventMap {
    /** Another service has said that a session is over. */
    'security-event.received': {
      readonly issuer: string
      readonly kind: SecurityEventKind
      /** How many sessions were ended here. */
      readonly ended: number
    }
    /** Somebody has sent a security event that is not what it must be. */
    'security-event.refused': { readonly kind: SecurityEventKind }
    /** Another service was told that a session is over, or could not be told. */
    'security-event.sent': {
      readonly audience: string
      readonly outcome: 'delivered' | 'refused' | 'given-up'
      readonly tries: number
    }
  }
}

/** OpenID Connect Back-Channel Logout 1.0, section 2.4. */
export const BACK_CHANNEL_LOGOUT = 'http://schemas.openid.net/event/backchannel-logout'

/** CAEP 1.0, section 3.1. */
export const SESSION_REVOKED = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked'

/** RFC 8417, section 2.3. */
export const SET_TYPE = 'secevent+jwt'
