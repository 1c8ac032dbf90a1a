import { identify, type EnvironmentOptions } from '@sallyport/core'
import { expect, it } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { rawRequest } from '../../../test/hosts/raw-request.ts'
import { bearer, environment } from './support.ts'

/** What each request looks like that a browser could be made to send, and what becomes of it. */
const cases: readonly [name: string, method: string, headers: Record<string, string>, status: number][] = [
  ['a safe method needs no proof', 'GET', { 'sec-fetch-site': 'cross-site' }, 200],
  ['HEAD needs no proof', 'HEAD', { 'sec-fetch-site': 'cross-site' }, 200],
  ["the app's own page", 'POST', { 'sec-fetch-site': 'same-origin', origin: 'http://app.test' }, 200],
  ['the address bar', 'POST', { 'sec-fetch-site': 'none' }, 200],
  ["an older browser on the app's own page", 'POST', { origin: 'http://app.test' }, 200],
  ['attack: a form on another site', 'POST', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }, 403],
  [
    'attack: a form on a sibling subdomain',
    'POST',
    { 'sec-fetch-site': 'same-site', origin: 'http://x.app.test' },
    403,
  ],
  ['attack: an older browser on another site', 'POST', { origin: 'https://evil.test' }, 403],
  ['attack: a sandboxed frame', 'POST', { origin: 'null' }, 403],
  ['attack: the same host by another scheme', 'POST', { origin: 'https://app.test' }, 403],
  ['attack: the same host on another port', 'POST', { origin: 'http://app.test:8080' }, 403],
  ['attack: the host as a prefix', 'POST', { origin: 'http://app.test.evil.test' }, 403],
  ['attack: Sec-Fetch-Site in another case and place', 'POST', { 'sec-fetch-site': 'Same-Origin, cross-site' }, 403],
  ['attack: neither header', 'POST', {}, 403],
  ['DELETE', 'DELETE', {}, 403],
  ['a method nobody knows', 'PROPFIND', {}, 403],
  ['an allowed origin', 'PUT', { 'sec-fetch-site': 'cross-site', origin: 'https://spa.test' }, 200],
]

describeHosts('same-origin proof of ambient credentials', (host) => {
  const start = (ambient: boolean, options: EnvironmentOptions = {}) => {
    const env = environment({ allowedOrigins: ['https://spa.test'], ...options })
    const login = ambient ? { subject: 'ada' } : bearer('ada')
    return host.start({ use: [identify(() => login, { env })] })
  }

  it('is demanded of unsafe methods', async () => {
    const app = await start(true)
    for (const [name, method, headers, status] of cases) {
      const response = await rawRequest(app, { method, path: '/orders', headers: { host: 'app.test', ...headers } })
      expect(response.status, name).toBe(status)
    }
  })

  it('is not demanded of a token that the caller sends on purpose', async () => {
    const app = await start(false)
    const headers = { host: 'app.test', origin: 'https://other.test', 'sec-fetch-site': 'cross-site' }
    expect((await rawRequest(app, { method: 'POST', path: '/orders', headers })).status).toBe(200)
  })

  it('knows the origin that a trusted proxy was asked for, and no one else is believed', async () => {
    const headers = {
      host: 'internal:3000',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'shop.test',
      origin: 'https://shop.test',
    }
    const trusted = await start(true, { trustedProxies: ['127.0.0.1'] })
    expect((await rawRequest(trusted, { method: 'POST', path: '/orders', headers })).status).toBe(200)
    const untrusted = await start(true)
    expect((await rawRequest(untrusted, { method: 'POST', path: '/orders', headers })).status).toBe(403)
  })
})
