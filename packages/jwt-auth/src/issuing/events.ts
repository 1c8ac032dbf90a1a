import type { EventAccount } from '@sallyport/core'

/** What a token was given for. */
export type GrantKind = 'login' | 'refresh' | 'access' | 'exchange' | 'service'

declare module '@sallyport/core' {
  interface SecurityEventMap {
    /** An access token was signed. No part of it is here but its public id. */
    'token.issued': {
      readonly grant: GrantKind
      readonly account: EventAccount
      readonly client: string
      readonly id: string
      /** Seconds since the Unix epoch. */
      readonly expiresAt: number
      readonly scopes?: readonly string[]
      /** Who acts for the account, after a delegation. */
      readonly actor?: string
    }
    /** Somebody was refused on one of the issuer's routes: no token, or no answer about one. */
    'token.refused': { readonly endpoint: string; readonly code: string }
    /** A refresh token came a second time, after its grace: two parties hold it. Everything of its session has been revoked. */
    'token.reused': { readonly account: EventAccount; readonly client: string }
    /** A refresh token's family, or an access token, was ended before its time. */
    'token.revoked': {
      readonly kind: 'refresh' | 'access' | 'account' | 'service'
      readonly account: EventAccount
      readonly reason: string
      readonly client?: string
    }
    /** A signing key was published, or is no longer. */
    'signing-key.changed': { readonly change: 'published' | 'withdrawn'; readonly issuer: string; readonly kid: string }
  }
}
