import type { AccountId, Answer, Environment, Exchange } from '@sallyport/core'
import type { Authenticators } from './authenticators.ts'
import type { Challenges } from './challenges.ts'
import type { Fields } from './fields.ts'

/** Something that an account has set up to prove itself with: an app on a phone, a key, a set of codes. */
export interface Authenticator<Data = unknown> {
  readonly id: string
  /** The kind of factor, such as `totp`. */
  readonly kind: string
  /** What its owner calls it. */
  readonly name: string
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number
  /** Milliseconds since the Unix epoch. */
  readonly usedAt?: number
  /** What the factor keeps of it. Sealed at rest. */
  readonly data: Data
}

/** For whom and on what a factor works. */
export interface FactorContext {
  readonly account: AccountId
  /** What people know the account by, such as an e-mail address; the subject where the app does not say. */
  readonly label: string
  readonly environment: Environment
  /** Milliseconds since the Unix epoch. */
  readonly now: number
  /** What is to be approved, where it is about one action and not about the login. */
  readonly action?: ActionToApprove
}

/** One action, such as a payment, that is approved by itself. */
export interface ActionToApprove {
  /** For people, such as `Pay 500.00 EUR to ACME`. */
  readonly text: string
  /** SHA-256 of the whole action, as base64url. */
  readonly hash: string
}

/** A step that waits for the user's answer. */
export interface Begun {
  /** Kept until the answer comes, sealed; the client does not see it. */
  readonly state: unknown
  /** What the client is told; made of the challenge's name where somebody else answers by it. */
  readonly shown: Readonly<Record<string, unknown>> | ((name: string) => Promise<Readonly<Record<string, unknown>>>)
  /**
   * Sends what goes to a person or a phone, once the state is kept. A failure is answered with 503.
   * @param name of the challenge, for who answers without a login
   */
  readonly send?: (name: string) => Promise<void>
}

/** What came of setting up an authenticator. */
export interface Enrolled {
  readonly data: unknown
  /** @default the kind */
  readonly name?: string
  /** What the client is told, once. */
  readonly shown?: Readonly<Record<string, unknown>>
}

/** How a kind of authenticator is set up. */
export interface Enrolment {
  /** Begins; or, where nothing has to be proved, is already done. */
  begin(
    context: FactorContext,
    fields: Fields,
    present: readonly Authenticator[],
  ): Promise<Begun | { readonly enrolled: Enrolled }>
  /** Ends with what the user answers. Nothing where the answer is wrong. */
  confirm?(context: FactorContext, state: unknown, fields: Fields): Promise<Enrolled | Pending | undefined>
  /** What is taken over from another system. @throws SecurityError ERR_OPTION */
  import?(context: FactorContext, given: unknown): Enrolled
}

/** What a user presents. */
export interface Presented {
  readonly fields: Fields
  /** All that the account has of the kind. */
  readonly authenticators: readonly Authenticator[]
  /** What `begin` has kept; nothing for a kind that needs no challenge. */
  readonly state: unknown
}

/** A proof that was accepted. It counts when what it changes was written, and nobody else was faster. */
export interface Verified {
  /** The authenticator that was used. */
  readonly authenticator: string
  /** What is kept of it from now on, so that the same proof is not accepted again. @default what there is */
  readonly data?: unknown
  /** More words of RFC 8176 for this one use, such as `user`. */
  readonly amr?: readonly string[]
  /** How often it can be used again, for one that runs out. */
  readonly left?: number
}

/** A challenge that somebody else answers, such as a phone: what has become of it. */
export type Pending = { readonly pending: true }

/**
 * One kind of second factor. It computes; what it returns is stored for it, sealed and by compare-and-set, so that no factor can get single
 * use wrong.
 */
export interface Factor {
  /** One lower-case word; names the factor in demands, requests and `amr`. */
  readonly kind: string
  /** Its words of RFC 8176, such as `otp`. */
  readonly amr: readonly string[]
  /** Most authenticators of this kind that one account has. */
  readonly most: number
  /** Whether a new one takes the place of the one that is there. @default false */
  readonly replaces?: boolean
  readonly enrolment?: Enrolment
  /** Whether `begin` sends something to a person, so that it is limited. @default false */
  readonly sends?: boolean
  /** Begins a proof. Nothing for a kind that is presented without. */
  begin?(context: FactorContext, authenticators: readonly Authenticator[], fields: Fields): Promise<Begun | undefined>
  /**
   * Judges a proof. Nothing where it is wrong. Answers in place of the user (a push) are `pending` until they are there.
   */
  verify(context: FactorContext, presented: Presented): Promise<Verified | Pending | undefined>
  /**
   * How many of a million blind guesses would be accepted at this moment. Every failure costs as much of the account's budget. Zero for what
   * nobody guesses.
   */
  guessesInMillion(authenticators: readonly Authenticator[]): number
  /** Routes of its own, below the others. */
  readonly routes?: (services: FactorServices) => readonly FactorRoute[]
}

/** What routes of a factor work with. */
export interface FactorServices {
  readonly environment: Environment
  readonly challenges: Challenges
  readonly authenticators: Authenticators
  readonly maxBodyBytes: number
  /** Where the routes are. */
  readonly prefix: string
}

/** A route of a factor. Whoever calls it may have no login. */
export interface FactorRoute {
  readonly method: 'GET' | 'POST'
  /** Below the prefix, such as `mfa/push/respond`. */
  readonly path: string
  answer(exchange: Exchange): Promise<Answer>
}
