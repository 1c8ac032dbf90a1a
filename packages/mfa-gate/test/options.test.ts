import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { createEnvironment } from '@sallyport/core'
import { signIn, testPrincipal } from '@sallyport/core/testing'
import { inToken, mfaGate, recoveryCodes, totp, type MfaGateOptions } from '@sallyport/mfa-gate'
import { describe, expect, it } from 'vitest'
import { scene, testEnvironment } from './support/app.ts'

const factors = [totp({ issuer: 'Shop' })]

describe('options', () => {
  it.each<[string, Partial<MfaGateOptions>, RegExp]>([
    ['no factor', { factors: [] }, /option `factors` was an empty list/],
    ['a kind twice', { factors: [...factors, totp({ issuer: 'Other' })] }, /option `factors` .*each kind once/],
    ['a factor of a reserved name', { factors: [{ ...factors[0]!, kind: 'password' }] }, /option `factors`/],
    ['a near miss', { verifypassword: () => true } as never, /did you mean `verifyPassword`/],
    ['a page of another site', { pages: { verify: '//evil.example' } }, /option `verify` .*a path of the app/],
    [
      'a level twice',
      {
        levels: [
          { acr: 'a', anyOf: [['mfa']] },
          { acr: 'a', anyOf: [['totp']] },
        ],
      },
      /each named once/,
    ],
    [
      'three administrators',
      { reset: { administrators: 3 as never } },
      /option `administrators` was 3; accepted is 1 or 2/,
    ],
    ['a cookie that subdomains can set', { devices: { cookie: 'mfa' } }, /option `cookie` .*__Host-/],
    ['a budget that is none', { budgets: { perChallenge: 0 } }, /option `perChallenge`/],
    [
      'a waiver above what raises',
      { adaptive: { risk: () => 0, raise: 0.5, waive: 0.6 } },
      /option `waive` .*less than `raise`/,
    ],
    [
      'no way to issue',
      { carrier: inToken({ issue: () => Promise.resolve({}) }), challengeLifetime: 'soon' as never },
      /option `challengeLifetime`/,
    ],
  ])('with %s do not start', (_what, options, message) => {
    expect(() => mfaGate({ factors, env: testEnvironment(), ...options })).toThrow(message)
  })

  it('without a key ring do not start: secrets are not kept as they are', () => {
    const env = createEnvironment()
    expect(() => mfaGate({ factors, env })).toThrow(/createEnvironment\(\{ keyRing: createKeyRing/)
    return env.close()
  })

  it('of factors are checked alike', () => {
    expect(() => recoveryCodes({ count: 1 })).toThrow(/option `count`/)
    expect(() => totp({ issuer: 'Shop', drift: 2 as never })).toThrow(
      /option `drift` was 2; accepted is 0 or 1 time steps/,
    )
    expect(() => inToken({} as never)).toThrow(/option `issue`/)
  })
})

describe('types', () => {
  it('misuse does not compile', () => {
    const misuse = (): unknown => [
      // @ts-expect-error: no factors
      mfaGate({}),
      // @ts-expect-error: a unit that there is not
      scene().mfa.require({ maxAge: '5 minutes' }),
      // @ts-expect-error: an action without a text
      scene().mfa.approval({ action: () => ({ details: 1 }) }),
      // @ts-expect-error: nobody asked for it
      scene().mfa.reset({ issuer: 'local', subject: 'ada' }, { reason: 'x' }),
      // @ts-expect-error: seven digits
      totp({ issuer: 'Shop', digits: 7 }),
    ]
    expect(misuse).toBeTypeOf('function')
  })
})

describe('a login that satisfies the gate', () => {
  it('is let in without a promise', async () => {
    const { env, mfa, clock } = scene()
    await env.revocations.ready()
    const login = signIn(testPrincipal({ amr: ['pwd', 'mfa'], authTime: clock.now() / 1000 }), { env })
    for (const gate of [mfa.require({ maxAge: '5m' }), mfa.enforce()]) {
      const req = new IncomingMessage(new Socket())
      const res = new ServerResponse(req)
      const passed: unknown[] = []
      login(req, res, () => gate(req, res, (err) => passed.push(err)))
      // Not a turn of the event loop later.
      expect(passed).toEqual([undefined])
    }
  })
})
