import type { Check, Finding } from '../finding.ts'
import { optionsOf } from '../finding.ts'
import { isHere } from './secrets.ts'

const SKEW = 30_000
const DEADLINE = 10_000

/** Ways on which what is secret goes in the clear. */
export const transport: Check = ({ options, variables, url, production }) => {
  const findings: Finding[] = []
  const plain = (what: string, fix: string, asvs = '12.3.1'): void =>
    void findings.push({
      id: 'no-tls',
      severity: 'high',
      what,
      why: 'Who is on the way reads and changes what goes there.',
      fix,
      asvs,
    })
  if (url !== undefined && !url.startsWith('https:')) {
    plain(`The app's address is ${new URL(url).origin}`, 'Serve it by https, and redirect http.', '12.2.1')
  }
  const redis = variables['REDIS_URL'] ?? ''
  if (production && URL.canParse(redis) && new URL(redis).protocol === 'redis:' && !isHere(new URL(redis).hostname)) {
    plain('REDIS_URL names a server elsewhere without TLS', 'Write rediss:// and switch TLS on in Redis.')
  }
  const database = variables['DATABASE_URL'] ?? ''
  if (production && URL.canParse(database) && !isHere(new URL(database).hostname)) {
    const mode = new URL(database).searchParams.get('sslmode') ?? ''
    if (!/^(?:require|verify-ca|verify-full)$/.test(mode)) {
      plain('DATABASE_URL names a server elsewhere without TLS', 'Add ?sslmode=verify-full and give its certificate.')
    }
  }
  const issuer = optionsOf(options?.jwt)?.['issuer']
  if (
    typeof issuer === 'string' &&
    URL.canParse(issuer) &&
    new URL(issuer).protocol === 'http:' &&
    !isHere(new URL(issuer).hostname)
  ) {
    plain('The option jwt.issuer is an http URL', 'Use an issuer that is reached by https.', '12.2.1')
  }
  const headers = options?.headers
  if (headers === false || optionsOf(headers)?.['strictTransportSecurity'] === false) {
    findings.push({
      id: 'no-hsts',
      severity: 'medium',
      what: headers === false ? 'The option headers is false' : 'Strict-Transport-Security is switched off',
      why: 'Browsers go on asking by http, where an attacker on the way answers first.',
      fix: 'Leave the headers on, or ignore this where a proxy sets them.',
      asvs: '3.4.1',
    })
  }
  return findings
}

/** Who is believed about client addresses. */
export const proxies: Check = ({ options, env, production }) => {
  // It is looked at whatever it is: what has a wrong type is told of by the check of the configuration.
  const given: unknown = options?.trustedProxies
  const trusted: readonly unknown[] = Array.isArray(given) ? given : []
  if (trusted.some((range) => typeof range === 'string' && range.endsWith('/0'))) {
    return [
      {
        id: 'untrusted-proxy',
        severity: 'high',
        what: 'The option trustedProxies has a range that is everybody',
        why: 'Every client says itself which address it has: limits, bans and the audit log believe it.',
        fix: 'Name the addresses of your proxies alone.',
        asvs: '4.1.3',
      },
    ]
  }
  const ofOptions = optionsOf(optionsOf(options?.env)?.['proxies'])?.['any'] === true
  const any = trusted.length > 0 || env?.proxies.any || ofOptions
  if (!production || any || (options === undefined && env === undefined)) return []
  return [
    {
      id: 'no-trusted-proxy',
      severity: 'low',
      what: 'No proxy is trusted',
      why: 'Where one stands in front, all clients have its address: one of them uses up the limit of all.',
      fix: 'Name its addresses in trustedProxies; ignore this where clients connect to the app itself.',
      asvs: '4.1.3',
    },
  ]
}

/** Whether this machine's clock is that of others: it decides what has ended. */
export const clock: Check = async ({ url, offline, clock: own }) => {
  if (offline || url === undefined) return []
  try {
    const asked = own.now()
    const answer = await fetch(url, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(DEADLINE) })
    const told = Date.parse(answer.headers.get('date') ?? '')
    const skew = Math.abs(told - (asked + own.now()) / 2)
    if (!(skew > SKEW)) return []
    return [
      {
        id: 'clock-skew',
        severity: 'high',
        what: `This machine's clock and that of ${new URL(url).host} differ by ${Math.round(skew / 1000)} seconds`,
        why: 'Tokens that have ended are taken, or good ones are not; one-time codes fail; the audit log has wrong times.',
        fix: 'Let NTP set both clocks.',
        asvs: '16.2.2',
      },
    ]
  } catch {
    return [
      {
        id: 'unreachable',
        severity: 'medium',
        what: `${new URL(url).origin} does not answer`,
        why: 'Neither its time nor its way could be looked at.',
        fix: 'Give an address that is reached from here, or --offline.',
      },
    ]
  }
}
