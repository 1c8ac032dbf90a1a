import type { Answer, Exchange, SecurityError } from '@sallyport/core'
import { mfaError } from './errors.ts'
import { safeReturnPath } from './return-path.ts'
import type { Settings } from './settings.ts'

/** What a login is asked for. */
export interface Asked {
  readonly acr?: string | undefined
  /** Seconds. */
  readonly maxAge?: number | undefined
}

/** Why a login is not let through. */
export type Lack = 'login' | 'step-up' | 'enrolment'

/**
 * Refuses a login that is not enough: browsers are sent to the app's page and come back, everybody else is told what to ask for (RFC 9470).
 * @throws SecurityError ERR_MFA_REQUIRED, ERR_MFA_STEP_UP (401), ERR_MFA_ENROLMENT_REQUIRED (403)
 */
export async function refuse(settings: Settings, exchange: Exchange, lack: Lack, asked: Asked): Promise<Answer> {
  await settings.environment.publish('mfa.demanded', { what: lack }, exchange)
  const page = lack === 'enrolment' ? settings.pages.enrol : settings.pages.verify
  // A page that is behind the gate itself would send the browser round in circles.
  if (page === undefined || !isNavigation(exchange) || exchange.path === pathOf(page))
    throw refusalOf(settings, exchange, lack, asked)
  return { status: 303, headers: { location: addressOf(page, exchange, asked), 'cache-control': 'no-store' } }
}

function refusalOf(settings: Settings, exchange: Exchange, lack: Lack, { acr, maxAge }: Asked): SecurityError {
  if (lack === 'enrolment') return mfaError('ERR_MFA_ENROLMENT_REQUIRED')
  const demand = { ...(acr !== undefined && { acr }), ...(maxAge !== undefined && { maxAge }) }
  if (settings.stepUpError !== undefined) return settings.stepUpError(exchange, demand)
  const parameters = {
    error: 'insufficient_user_authentication',
    error_description: 'A different authentication level is required',
    ...(acr !== undefined && { acr_values: acr }),
    ...(maxAge !== undefined && { max_age: String(maxAge) }),
  }
  const challenge = `${schemeOf(exchange)} ${Object.entries(parameters)
    .map(([name, value]) => `${name}="${value}"`)
    .join(', ')}`
  return mfaError(lack === 'login' ? 'ERR_MFA_REQUIRED' : 'ERR_MFA_STEP_UP', {
    headers: { 'www-authenticate': challenge },
  })
}

/** The scheme of the credential, as far as HTTP has a name for it. */
function schemeOf({ principal }: Exchange): string {
  const schemes: Readonly<Record<string, string>> = { bearer: 'Bearer', dpop: 'DPoP' }
  return schemes[principal?.credential.kind ?? ''] ?? 'Session'
}

/** Whether somebody looks at what is answered, in a browser. */
function isNavigation(exchange: Exchange): boolean {
  if (exchange.upgrade) return false
  const mode = exchange.header('sec-fetch-mode')
  return mode === undefined ? (exchange.header('accept')?.includes('text/html') ?? false) : mode === 'navigate'
}

function addressOf(page: string, exchange: Exchange, { acr, maxAge }: Asked): string {
  const query = new URLSearchParams()
  // What was posted is not posted again by going back.
  const back =
    exchange.method === 'GET' ? safeReturnPath(exchange.path + (exchange.search && `?${exchange.search}`), '') : ''
  if (back !== '') query.set('return_to', back)
  if (acr !== undefined) query.set('acr_values', acr)
  if (maxAge !== undefined) query.set('max_age', String(maxAge))
  return query.size === 0 ? page : `${page}${page.includes('?') ? '&' : '?'}${query.toString()}`
}

function pathOf(page: string): string {
  return page.split('?', 1)[0]!
}
