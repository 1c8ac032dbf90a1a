import type { Check, Finding } from '../finding.ts'
import { optionsOf } from '../finding.ts'

const DAY = 86_400

/** Which pages may call. */
export const origins: Check = ({ options }) => {
  const named = [optionsOf(options?.cors)?.['origins'], options?.allowedOrigins].flatMap((one) => one ?? [])
  if (!named.some((origin) => origin === '*' || origin === 'null')) return []
  return [
    {
      id: 'cors-wildcard',
      severity: 'high',
      what: 'Pages of every origin may call',
      why: 'A page of anybody reads answers that are meant for your users.',
      fix: 'List the origins of your own pages.',
      asvs: '3.4.2',
    },
  ]
}

/** Whether somebody counts. */
export const limits: Check = ({ options, settings }) => {
  const given = options?.limits
  const where =
    settings.limits === false
      ? 'SECURITY_RATE_LIMIT_ENABLED is false'
      : given === false
        ? 'The option limits is false'
        : optionsOf(given)?.['address'] === false
          ? 'The option limits.address is false'
          : undefined
  if (where === undefined) return []
  return [
    {
      id: 'limits-off',
      severity: 'high',
      what: where,
      why: 'Passwords and codes can be tried as fast as the app answers, and one client can take all of its time.',
      fix: 'Switch the limits on; ignore this where a proxy counts.',
      asvs: '2.4.1',
    },
  ]
}

/** How long a login lasts. */
export const lifetimes: Check = ({ options }) => {
  const sessions = optionsOf(options?.sessions)
  const jwt = optionsOf(options?.jwt)
  const long = (what: string, fix: string, asvs: string): Finding => ({
    id: 'long-lifetime',
    severity: 'medium',
    what,
    why: 'Whoever got hold of a cookie or token has it for that long.',
    fix,
    asvs,
  })
  return [
    over(sessions?.['idle'], DAY) &&
      long('Sessions last more than a day without use', 'Set sessions.idle to 86400 or less.', '7.3.1'),
    over(sessions?.['absolute'], 30 * DAY) &&
      long('Sessions last more than 30 days', 'Set sessions.absolute to 2592000 or less.', '7.3.2'),
    over(jwt?.['leeway'], 60) &&
      long('Tokens are taken for more than a minute after their end', 'Set jwt.leeway to 60 or less.', '9.2.1'),
  ].filter((one) => typeof one === 'object')
}

function over(value: unknown, most: number): boolean {
  return typeof value === 'number' && value > most
}

const MIGHTY = /admin|root|super|owner|operator/i

/** Whether those who may do most prove more than a password. */
export const administrators: Check = ({ options }) => {
  const roles = Object.entries(optionsOf(optionsOf(options?.rbac)?.['roles']) ?? {})
  const mighty = roles.filter(([name, role]) => MIGHTY.test(name) || allOf(role)).map(([name]) => name)
  const mfa = options?.mfa
  const { require, enforce } = optionsOf(mfa) ?? {}
  // A part that the app has made cannot be looked into.
  const inForce = Array.isArray(enforce) && enforce.some((rule) => optionsOf(rule)?.['reportOnly'] !== true)
  const demanded = typeof mfa === 'function' || (require !== undefined && require !== false) || inForce
  if (mighty.length === 0 || demanded) return []
  return [
    {
      id: 'administrators-without-mfa',
      severity: 'high',
      what: `${mighty.join(', ')}: no second factor is demanded of this role`,
      why: 'One password that was guessed or fished is all that the role may do.',
      fix: "mfa: { factors, enforce: [{ roles: ['admin'] }] }, or mfa.require() on the routes.",
      asvs: '6.3.3',
    },
  ]
}

function allOf(role: unknown): boolean {
  const allow = Array.isArray(role) ? role : (optionsOf(role)?.['allow'] ?? [])
  return (Array.isArray(allow) ? allow : [allow]).some((one) => one === '*' || one === '*:*')
}

/** Whether people are told of what happens to their account. */
export const mail: Check = ({ options, variables }) => {
  const factors = optionsOf(options?.mfa)?.['factors']
  if (!Array.isArray(factors)) return []
  const sends = factors.some((factor) => /mail/.test(String((factor as { kind?: unknown } | null)?.kind)))
  if (sends || ['SMTP_URL', 'MAIL_URL', 'SMTP_HOST'].some((name) => variables[name])) return []
  return [
    {
      id: 'no-mail-sender',
      severity: 'low',
      what: 'There are second factors, and nothing that sends mail',
      why: 'Nobody hears that a factor of theirs was added, taken away or reset.',
      fix: 'Send a mail from onSecurityEvent() for the types that begin with mfa., or add the factor emailCodes().',
      asvs: '6.3.7',
    },
  ]
}
