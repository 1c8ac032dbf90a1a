import { createGuardrails, verify } from 'otplib'

/** A shared secret, and how codes are made of it. */
export interface TotpSecret {
  /** Base32. */
  readonly secret: string
  readonly digits: 6 | 8
  /** Seconds. */
  readonly period: number
  readonly algorithm: 'sha1' | 'sha256' | 'sha512'
}

/** The shortest secrets that are in use: those of Google Authenticator's first years. */
export const LEAST_SECRET_BYTES = 10

const guardrails = createGuardrails({ MIN_SECRET_BYTES: LEAST_SECRET_BYTES })

/** When a code is judged. */
export interface Moment {
  /** Milliseconds since the Unix epoch. */
  readonly now: number
  /** Time steps before and after that are accepted. */
  readonly drift: number
  /** The last time step that was used. */
  readonly after: number | undefined
}

/** The time step that a code is of; nothing where it is wrong, or of a step that was used already. */
export async function stepOf(
  secret: TotpSecret,
  code: string | undefined,
  { now, drift, after }: Moment,
): Promise<number | undefined> {
  // As authenticators show them: `123 456`.
  const token = code?.replaceAll(/[\s-]/g, '')
  // otplib throws for what is no code at all.
  if (token === undefined || token.length !== secret.digits || !/^\d+$/.test(token)) return undefined
  try {
    const result = await verify({
      ...secret,
      token,
      guardrails,
      epoch: Math.floor(now / 1000),
      epochTolerance: drift * secret.period,
      ...(after !== undefined && after >= 0 && { afterTimeStep: after }),
    })
    return result.valid && 'timeStep' in result ? result.timeStep : undefined
  } catch (thrown) {
    // The clock was set back to before the last code: which steps were used cannot be told.
    if ((thrown as Error).name === 'AfterTimeStepRangeExceededError') return undefined
    throw thrown
  }
}
