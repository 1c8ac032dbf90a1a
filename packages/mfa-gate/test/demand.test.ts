import { defineMiddleware } from '@sallyport/core'
import { signIn, testPrincipal } from '@sallyport/core/testing'
import { recoveryCodes, safeReturnPath, totp, type DemandOptions } from '@sallyport/mfa-gate'
import { passkeys } from '@sallyport/mfa-gate/passkeys'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { express5Host } from '../../../test/hosts/node-hosts.ts'
import { codeOf, enrolTotp, mfaApp, MINUTE, PASSWORD, scene, SECOND, type SceneOptions } from './support/app.ts'

const factors = [
  totp({ issuer: 'Shop' }),
  recoveryCodes(),
  passkeys({ rpId: 'example.com', rpName: 'Shop', origins: ['https://example.com'] }),
]
const levels = [
  { acr: 'silver', anyOf: [['mfa']] },
  { acr: 'gold', anyOf: [['passkey'], ['password', 'totp']] },
]
const now = Date.UTC(2026, 0, 1) / 1000

/** Whether a principal of a token, or of the app's own login, satisfies a demand. */
function holds(
  principal: Parameters<typeof testPrincipal>[0],
  demand: DemandOptions,
  options: SceneOptions = {},
): boolean {
  return scene({ factors, levels, ...options }).mfa.holds(testPrincipal(principal), demand)
}

describe('a demand', () => {
  it.each<[string, readonly string[], DemandOptions, boolean]>([
    ['any second factor, of a login with one', ['pwd', 'mfa'], {}, true],
    ['any second factor, of a login without', ['pwd', 'otp'], {}, false],
    ['one of two ways, by the first', ['passkey'], { anyOf: [['passkey'], ['password', 'totp']] }, true],
    ['one of two ways, by the second', ['pwd', 'totp'], { anyOf: [['passkey'], ['password', 'totp']] }, true],
    ['one of two ways, by half of the second', ['totp'], { anyOf: [['passkey'], ['password', 'totp']] }, false],
    ['words of another issuer', ['hwk', 'user'], { anyOf: [['hwk', 'user']] }, true],
    ['a code of an app, by any code', ['pwd', 'otp', 'mfa'], { anyOf: [['totp']] }, false],
    ['a level, by what reaches it', ['pwd', 'totp', 'mfa'], { acr: 'gold' }, true],
    ['a level, by less', ['pwd', 'mfa'], { acr: 'gold' }, false],
    ['a lower level, by more', ['passkey', 'mfa'], { acr: 'silver' }, true],
  ])('for %s', (_what, amr, demand, expected) => {
    expect(holds({ amr, authTime: now }, demand)).toBe(expected)
  })

  it('takes the level that another issuer names, or a higher one', () => {
    expect(holds({ acr: 'gold', authTime: now }, { acr: 'silver' })).toBe(true)
    expect(holds({ acr: 'silver', authTime: now }, { acr: 'gold' })).toBe(false)
    expect(holds({ acr: 'platinum', authTime: now }, { acr: 'silver' })).toBe(false)
    expect(holds({ acr: 'gold', authTime: now - 600 }, { acr: 'gold', maxAge: '5m' })).toBe(false)
  })

  it.each<[string, number | undefined, boolean]>([
    ['now', now, true],
    ['five minutes ago', now - 300, true],
    ['a little longer, by clocks that differ', now - 304, true],
    ['longer', now - 306, false],
    ['in the future', now + 60, false],
    ['when nobody knows', undefined, false],
  ])('for a proof of the last five minutes, made %s', (_when, authTime, expected) => {
    const login = { amr: ['mfa'], ...(authTime !== undefined && { authTime }) }
    expect(holds(login, { maxAge: '5m' })).toBe(expected)
  })

  it.each<[string, DemandOptions, RegExp]>([
    [
      'a method that is a typing error',
      { anyOf: [['pas1skey']] },
      /'pas1skey', which no factor is \(did you mean 'passkey'\?\)/,
    ],
    ['a level that there is not', { acr: 'bronze' }, /option `acr` .*silver, gold/],
    ['no way at all', { anyOf: [] }, /option `anyOf`/],
    ['a way without a method', { anyOf: [[]] }, /option `anyOf`/],
    ['a time without a unit', { maxAge: '5' as never }, /option `maxAge` .*'5m'/],
    ['a time of nothing', { maxAge: 0 }, /option `maxAge`/],
    ['a near miss', { maxage: 5 } as never, /did you mean `maxAge`/],
  ])('with %s does not start', (_what, demand, message) => {
    expect(() => scene({ factors, levels }).mfa.require(demand)).toThrow(message)
  })
})

describe('each method has its own time', () => {
  it('so that an old one does not count as fresh by a new one', async () => {
    const { browser, clock } = await mfaApp({
      factors,
      route: ({ mfa }) => [mfa.require({ anyOf: [['totp']], maxAge: '5m' })],
    })
    const user = browser()
    const secret = await enrolTotp(user, clock)
    await user.post('/mfa/verify', { factor: 'totp', code: await codeOf(secret, clock) })
    const { codes } = (await user.post('/mfa/recovery-codes')).body
    expect((await user.get('/orders')).status).toBe(200)
    clock.set(clock.now() + 6 * MINUTE)
    await user.post('/mfa/verify', { factor: 'recovery', code: codes[0]! })
    await user.post('/mfa/verify', { factor: 'password', password: PASSWORD })
    expect((await user.get('/orders')).status).toBe(401)
  })

  it('7.5.3: the password is one of them, and no second factor', async () => {
    const { browser, clock } = await mfaApp({
      route: ({ mfa }) => [mfa.require({ anyOf: [['password']], maxAge: '1m' })],
      use: ({ mfa }) => [mfa.require()],
    })
    const user = browser()
    const secret = await enrolTotp(user, clock)
    await user.post('/mfa/verify', { factor: 'password', password: PASSWORD })
    expect((await user.get('/orders')).headers['www-authenticate']).toContain('acr_values="aal2"')
    await user.post('/mfa/verify', { factor: 'totp', code: await codeOf(secret, clock) })
    expect((await user.get('/orders')).status).toBe(200)
    clock.set(clock.now() + MINUTE + 10 * SECOND)
    expect((await user.get('/orders')).headers['www-authenticate']).toContain('max_age="60"')
  })
})

describe('the port requireStepUp', () => {
  it('lets other packages demand the same', async () => {
    const { env } = scene()
    const asking = defineMiddleware({
      name: 'asking',
      environment: env,
      async gate(exchange) {
        await env.ports.ask('requireStepUp')(exchange, { maxAge: 60, acr: 'aal2' })
      },
    })
    const start = (amr: string[], authTime: number) =>
      express5Host.start({ use: [signIn(testPrincipal({ amr, authTime }), { env }), asking] })
    expect((await (await start(['mfa'], now)).fetch('/orders')).status).toBe(200)
    const refused = await (await start(['mfa'], now - 600)).fetch('/orders')
    expect(refused.headers.get('www-authenticate')).toContain('acr_values="aal2", max_age="60"')
  })
})

describe('attack: a path to go back to', () => {
  it.each([
    'https://evil.example/',
    '//evil.example',
    String.raw`\\evil.example`,
    String.raw`/\evil.example`,
    '/\t/evil.example',
    '/\n/evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    'evil.example',
    '',
    ' /x',
    '/.//evil.example',
    '/a/..//evil.example',
    '/%0d%0aset-cookie:x',
    '/\u0000/evil',
    `/${'x'.repeat(3000)}`,
    'http:evil.example',
    '/ /evil',
    '@evil.example',
    '/é',
  ])('that is %j leads nowhere else', (given) => {
    const path = safeReturnPath(given, '/home')
    const { host } = new URL(path, 'https://shop.example.com')
    expect(host).toBe('shop.example.com')
    expect(path).toMatch(/^\/(?!\/)[\x21-\x7e]*$/)
  })

  it('of the app’s own is kept', () => {
    for (const path of ['/', '/orders', '/orders?page=2&q=a%26b', '/a/b.html#top'])
      expect(safeReturnPath(path)).toBe(path)
    for (const odd of [undefined, null, 5, ['/x'], {}]) expect(safeReturnPath(odd)).toBe('/')
  })

  it('never leads elsewhere, whatever it is', () => {
    const odd = fc.array(fc.constantFrom('/', '\\', '.', ':', '@', '?', '#', '%2f', '\t', 'evil.example', 'a'), {
      maxLength: 12,
    })
    fc.assert(
      fc.property(
        fc.oneof(
          odd.map((parts) => parts.join('')),
          fc.string(),
        ),
        (given) => {
          expect(new URL(safeReturnPath(given), 'https://shop.example.com').host).toBe('shop.example.com')
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('is not made of a request to such a path', async () => {
    const { app, browser } = await mfaApp({ pages: { verify: '/mfa' }, use: ({ mfa }) => [mfa.require()] })
    expect(app.port).toBeGreaterThan(0)
    const sent = await browser().get('//evil.example/x', { 'sec-fetch-mode': 'navigate' })
    expect([sent.status, sent.headers['location']]).toEqual([303, '/mfa?acr_values=aal2'])
  })
})
