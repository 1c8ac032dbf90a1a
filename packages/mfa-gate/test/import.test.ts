import { authenticator as old } from 'otplib12'
import speakeasy from 'speakeasy'
import { describe, expect, it } from 'vitest'
import { ada, codeOf, mfaApp } from './support/app.ts'

/** Whether a code of the old system lets in after the import. */
async function letsIn(given: object, codeAt: (seconds: number) => string): Promise<boolean> {
  const { browser, clock, mfa } = await mfaApp()
  await mfa.import(ada, 'totp', given, 'from before')
  const { status } = await browser().post('/mfa/verify', { factor: 'totp', code: codeAt(clock.now() / 1000) })
  return status === 200
}

describe('secrets of other systems', () => {
  it.each(['base32', 'hex', 'ascii'] as const)('speakeasy’s are taken over from its %s', async (encoding) => {
    const made = speakeasy.generateSecret({ length: 20 })
    const given = { secret: made[encoding], encoding }
    expect(await letsIn(given, (time) => speakeasy.totp({ secret: made.ascii, encoding: 'ascii', time }))).toBe(true)
  })

  it('otplib 12’s are taken over, of 10 bytes and of 20', async () => {
    for (const bytes of [10, 20]) {
      const secret = old.generateSecret(bytes)
      const codeAt = (seconds: number): string => old.clone({ epoch: seconds * 1000 }).generate(secret)
      expect(await letsIn({ secret }, codeAt)).toBe(true)
    }
  })

  it.each([
    ['as it is shown', 'jbsw y3dp ehpk 3pxp'],
    ['as it is kept', 'JBSWY3DPEHPK3PXP'],
    ['with padding', 'JBSWY3DPEHPK3PXP===='],
    ['in its address', 'otpauth://totp/Old:ada@example.com?secret=JBSWY3DPEHPK3PXP&issuer=Old'],
  ])('Google Authenticator’s is taken over %s', async (_how, secret) => {
    const codeAt = (time: number): string => speakeasy.totp({ secret: 'JBSWY3DPEHPK3PXP', encoding: 'base32', time })
    expect(await letsIn({ secret }, codeAt)).toBe(true)
  })

  it('with other digits, period and algorithm keep them', async () => {
    const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
    const codeAt = (time: number): string =>
      speakeasy.totp({ secret, encoding: 'base32', time, digits: 8, step: 60, algorithm: 'sha256' })
    expect(await letsIn({ secret, digits: 8, period: 60, algorithm: 'sha256' }, codeAt)).toBe(true)
    const address = `otpauth://totp/Old?secret=${secret}&digits=8&period=60&algorithm=SHA256`
    expect(await letsIn({ secret: address }, codeAt)).toBe(true)
  })

  it.each<[string, object]>([
    ['that is too short', { secret: 'JBSWY3DP' }],
    ['that is none', { secret: 'not base 32!' }],
    ['of the wrong encoding', { secret: 'JBSWY3DPEHPK3PXP', encoding: 'hex' }],
    ['of HOTP', { secret: 'otpauth://hotp/Old?secret=JBSWY3DPEHPK3PXP' }],
    ['with an address without one', { secret: 'otpauth://totp/Old' }],
    ['with an address in an address', { secret: 'otpauth://totp/Old?secret=otpauth://totp/Old' }],
    ['that is absent', {}],
  ])('one %s is refused, and not shown', async (_what, given) => {
    const { mfa } = await mfaApp()
    await expect(mfa.import(ada, 'totp', given)).rejects.toMatchObject({ code: 'ERR_OPTION' })
    await expect(mfa.import(ada, 'totp', given)).rejects.not.toThrow(/JBSWY3DP/)
  })

  it('are listed by their names, told by an event, and used up like others', async () => {
    const { mfa, events, browser, clock } = await mfaApp()
    const id = await mfa.import(ada, 'totp', { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' }, 'old phone')
    expect(await mfa.authenticators(ada)).toMatchObject([{ id, name: 'old phone' }])
    expect(events.of('mfa.enrolled')[0]!.detail).toMatchObject({ imported: true, authenticator: id, account: ada })
    const code = await codeOf('JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', clock)
    const statuses = [
      await browser().post('/mfa/verify', { factor: 'totp', code }),
      await browser().post('/mfa/verify', { factor: 'totp', code }),
    ]
    expect(statuses.map(({ status }) => status)).toEqual([200, 403])
  })

  it('of a kind that takes nothing over are refused', async () => {
    const { mfa } = await mfaApp()
    await expect(mfa.import(ada, 'recovery', {})).rejects.toMatchObject({ code: 'ERR_MFA_FACTOR' })
    await expect(mfa.import(ada, 'telepathy', {})).rejects.toMatchObject({ code: 'ERR_MFA_FACTOR' })
  })
})
