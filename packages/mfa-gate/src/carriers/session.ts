import { accept, appSessionOf, checkOptions, type OptionRules } from '@sallyport/core'
import { mfaError } from '../errors.ts'
import { readProof } from '../proof.ts'
import type { StepUpCarrier } from './carrier.ts'

/** Options of `inSession`. */
export interface InSessionOptions {
  /** The session's member in which it is kept. @default 'mfa' */
  readonly key?: string
}

const rules: OptionRules<InSessionOptions> = { key: accept.string }

/**
 * Keeps what was proved in the app's session, of express-session or koa-session, and renews the session's identifier with each proof: by the
 * environment's port `rotateSession` where a package offers it, else by the session's own means.
 * @throws SecurityError ERR_OPTION at construction. On requests: ERR_MFA_SESSION (500)
 */
export function inSession(options: InSessionOptions = {}): StepUpCarrier {
  checkOptions<InSessionOptions>('inSession', options, rules)
  const { key = 'mfa' } = options
  return {
    read: (exchange, login) => {
      const kept = appSessionOf(exchange)?.get(key)
      return kept === undefined ? undefined : readProof(kept, login)
    },
    async keep(exchange, { proof }) {
      const { ports } = exchange.environment
      const session = appSessionOf(exchange)
      if (session === undefined) throw missing()
      session.set(key, proof)
      if (ports.has('rotateSession')) await ports.ask('rotateSession')(exchange)
      else await session.rotate()
      return {}
    },
  }
}

function missing(): Error {
  return mfaError('ERR_MFA_SESSION', {
    message:
      'There is no session of express-session or koa-session on this request; mount one before, or keep logins elsewhere with the option `carrier`',
  })
}
