import type { EventAccount } from '@sallyport/core'

/** Who had a session ended. */
export type Initiator = 'user' | 'admin' | 'policy' | 'system'

declare module '@sallyport/core' {
  interface SecurityEventMap {
    /** A session is tracked from now on: somebody has logged in, or was when the tracker came. */
    'session.begun': {
      readonly account: EventAccount
      readonly browser: string
      readonly os: string
      readonly country?: string
      /** Whether the login said so, or a request showed it. */
      readonly found: 'login' | 'request'
    }
    /** A session has ended. */
    'session.ended': {
      readonly account: EventAccount
      readonly reason: string
      readonly by: Initiator
      /** How long it lasted, in seconds. */
      readonly lasted: number
    }
    /** A session has another secret id. */
    'session.rotated': { readonly account: EventAccount }
    /** An id came that its session had given up before: two parties hold it. The session was ended. */
    'session.reused': { readonly account: EventAccount }
    /** A login was refused, or others were ended for it, because the account has as many sessions as it may have. */
    'session.limited': {
      readonly account: EventAccount
      readonly most: number
      readonly answer: 'refused' | 'ended-oldest'
    }
    /** A session is used by something that does not look like whoever began it. */
    'session.suspicious': {
      readonly account: EventAccount
      /** From 0 to 100. */
      readonly score: number
      /** What was seen to differ. */
      readonly signals: readonly string[]
      readonly answer: 'log' | 'step-up' | 'end'
      /** Whether the answer was given, or only what it would have been. */
      readonly enforced: boolean
    }
    /** A login from a device that the account has not been seen on; not for its first one. */
    'session.new-device': {
      readonly account: EventAccount
      readonly browser: string
      readonly os: string
      readonly country?: string
      readonly city?: string
      /** As the option `addresses` has it. */
      readonly address?: string
    }
    /** A login from a country that the account has not been seen in; not for its first one. */
    'session.new-country': {
      readonly account: EventAccount
      readonly country: string
      readonly known: readonly string[]
    }
    /** A device is trusted, or no longer, or forgotten. */
    'device.changed': {
      readonly account: EventAccount
      readonly device: string
      readonly change: 'trusted' | 'distrusted' | 'forgotten'
    }
  }
}
