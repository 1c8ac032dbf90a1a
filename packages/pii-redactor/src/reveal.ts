import { coreError, type Environment, type Principal } from '@sallyport/core'
import { sealContext } from './act/actor.ts'
import type { Keys } from './act/keys.ts'
import { piiError } from './errors.ts'

/** What turning tokens back needs. */
export interface RevealSettings {
  readonly environment: Environment
  readonly keys: Keys | undefined
  readonly scope: string
  readonly permission: string | undefined
}

const sealed = /^enc_([A-Z][A-Z\d_]*)\.([\w-]{20,})$/

/**
 * Gives the value of a token or of what was encrypted in place, to whom may have it. Every attempt is an event.
 * @throws SecurityError ERR_PII_FORBIDDEN (403), ERR_PII_TOKEN (400)
 */
export async function reveal(
  settings: RevealSettings,
  token: string,
  principal: Principal | undefined,
): Promise<string> {
  const { environment, permission } = settings
  if (permission === undefined)
    throw coreError('ERR_OPTION', { message: 'piiRedactor: option `reveal` names no permission' })
  const granted = principal !== undefined && environment.ports.ask('can')(principal, permission)
  const opened = granted ? await open(settings, token) : undefined
  // Who looked at what is known before it is handed out.
  await environment.publish('pii.revealed', {
    granted,
    entity: opened?.entity ?? 'UNKNOWN',
    ...(principal && { issuer: principal.issuer, subject: principal.subject }),
  })
  if (!granted) throw piiError('ERR_PII_FORBIDDEN')
  if (opened === undefined) throw piiError('ERR_PII_TOKEN')
  return opened.value
}

async function open(
  { environment, keys, scope }: RevealSettings,
  token: string,
): Promise<{ readonly entity: string; readonly value: string } | undefined> {
  if (typeof token !== 'string' || token.length > 65_536) return undefined
  const [, entity = '', text = ''] = sealed.exec(token) ?? []
  if (entity === '') return keys?.open(token)
  if (environment.keyRing === undefined) return undefined
  try {
    const bytes = await environment.keyRing.open(sealContext(scope, entity), Buffer.from(text, 'base64url'))
    return { entity, value: Buffer.from(bytes).toString('utf8') }
  } catch {
    return undefined
  }
}
