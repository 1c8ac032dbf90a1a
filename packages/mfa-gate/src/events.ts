import type { AccountId, SecurityEventType } from '@sallyport/core'

declare module '@sallyport/core' {
  interface SecurityEventMap {
    /** A method was used and accepted. */
    'mfa.verified': {
      readonly method: string
      readonly purpose: 'step-up' | 'login' | 'approval'
      readonly authenticator?: string
    }
    /** A method was presented and not accepted. */
    'mfa.refused': { readonly method: string; readonly code: string }
    /** A budget of attempts is used up. */
    'mfa.throttled': { readonly budget: string }
    /** A login was demanded a second factor of, or a stronger or fresher login. */
    'mfa.demanded': { readonly what: 'login' | 'step-up' | 'enrolment' | 'approval' }
    /** Something was set up; imported ones come from another system. */
    'mfa.enrolled': {
      readonly method: string
      readonly authenticator: string
      readonly account: AccountId
      readonly imported: boolean
    }
    /** Something was taken away. */
    'mfa.removed': { readonly method: string; readonly authenticator: string; readonly account: AccountId }
    /** Few recovery codes are left: time for a new set. */
    'mfa.recovery-low': { readonly left: number }
    /** The second factor was not demanded, and why. */
    'mfa.waived': { readonly by: 'device' | 'risk' | 'grace' }
    /** A browser was trusted, or is no longer. */
    'mfa.device': { readonly action: 'trusted' | 'revoked'; readonly device: string }
    /** The risk of a request raised the demand. */
    'mfa.raised': { readonly risk: number }
    /** An administrator's reset: asked for, done, or the account set up again. */
    'mfa.reset': {
      readonly action: 'requested' | 'done' | 're-enrolled'
      readonly account: AccountId
      readonly by?: AccountId
      readonly reason?: string
    }
    /** Roll-out in report-only mode: who would have been refused. */
    'mfa.report': { readonly account: AccountId; readonly would: 'enrolment' | 'grace' }
    /** A push was answered. */
    'mfa.push': { readonly action: 'approved' | 'denied' | 'mistaken' }
  }
}

/** Names of the events of this package. */
export type MfaEventType = Extract<SecurityEventType, `mfa.${string}`>
