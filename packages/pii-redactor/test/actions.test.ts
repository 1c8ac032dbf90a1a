import { randomBytes } from 'node:crypto'
import { createEnvironment, createKeyRing } from '@sallyport/core'
import { captureEvents, testPrincipal } from '@sallyport/core/testing'
import { describe, expect, it } from 'vitest'
import { piiRedactor, type Policy } from '@sallyport/pii-redactor'

const key = randomBytes(32)
const keys = [{ id: 'k1', key }]
const text = 'ada@example.com 4111 1111 1111 1111 10.1.2.3 DE89370400440532013000'

function redact(policy: Policy): string {
  return piiRedactor({ env: createEnvironment(), policy, keys }).redact(text)
}

describe('actions', () => {
  it('remove, mask, generalise and keep', () => {
    expect(redact({})).toBe('[EMAIL] [CARD] [IP] [IBAN]')
    expect(redact({ confidential: 'mask', restricted: 'mask', internal: 'mask' })).toBe(
      'a***@example.com **** **** **** 1111 10.1.2.0 ******************3000',
    )
    expect(redact({ EMAIL: 'keep', CARD: 'generalise', IP: 'generalise', IBAN: 'generalise' })).toBe(
      'ada@example.com 411111[CARD] 10.1.2.0 DE[IBAN]',
    )
  })

  it('hash with a key: equal values alike, and another key another hash', () => {
    const one = redact({ EMAIL: 'hash', CARD: 'keep', IP: 'keep', IBAN: 'keep' })
    expect(one).toBe(redact({ EMAIL: 'hash', CARD: 'keep', IP: 'keep', IBAN: 'keep' }))
    const other = piiRedactor({
      env: createEnvironment(),
      policy: { EMAIL: 'hash' },
      keys: [{ id: 'k2', key: randomBytes(32) }],
    })
    expect(other.redact('ada@example.com')).toMatch(/^hash_k2_[\w-]{22}$/)
    expect(other.redact('ada@example.com').slice(8)).not.toBe(one.slice(8, 30))
  })

  it('mask a URL in the places that let somebody in', () => {
    const pii = piiRedactor({ env: createEnvironment(), policy: { URL: 'mask' } })
    expect(pii.redact('https://u:p4ss@h.example/a?token=abcdef12&x=1')).toBe(
      'https://***:***@h.example/a?token=***&x=1',
    )
  })
})

describe('tokens', () => {
  const env = createEnvironment({ keyRing: createKeyRing({ keys: [{ id: 'a', key: randomBytes(32) }] }) })
  env.ports.offer('can', (principal, permission) => permission === 'pii:reveal' && principal.roles.includes('dpo'))
  const officer = testPrincipal({ roles: ['dpo'] })
  const pii = piiRedactor({
    env,
    keys,
    policy: { EMAIL: 'tokenize', DRIVING_LICENCE: 'tokenize', CARD: 'encrypt' },
    reveal: 'pii:reveal',
  })

  it('are the same for the same value, and give it back to who may have it', async () => {
    const { email: token } = pii.redact({ email: 'ada@example.com' })
    expect(pii.redact({ email: 'ada@example.com' }).email).toBe(token)
    expect(token).toMatch(/^tok_k1_EMAIL\./)
    expect(await pii.reveal(token, officer)).toBe('ada@example.com')
    const { drivingLicence } = pii.redact({ drivingLicence: 'D1234567' })
    expect(await pii.reveal(drivingLicence, officer)).toBe('D1234567')
  })

  it('open after a rotation of keys', async () => {
    const token = pii.redact({ email: 'ada@example.com' }).email
    const rotatedEnv = createEnvironment()
    rotatedEnv.ports.offer('can', () => true)
    const rotated = piiRedactor({
      env: rotatedEnv,
      keys: [{ id: 'k2', key: randomBytes(32) }, ...keys],
      policy: { EMAIL: 'tokenize' },
      reveal: 'x',
    })
    expect(await rotated.reveal(token, officer)).toBe('ada@example.com')
    expect(rotated.redact('ada@example.com')).toMatch(/^tok_k2_/)
  })

  it('encrypted in place, each time another', async () => {
    const first = pii.redact('4111 1111 1111 1111')
    expect(first).toMatch(/^enc_CARD\./)
    expect(pii.redact('4111 1111 1111 1111')).not.toBe(first)
    expect(await pii.reveal(first, officer)).toBe('4111 1111 1111 1111')
  })

  it('attack: are not given to others, of another scope, or changed; and every attempt is told', async () => {
    using events = captureEvents(env)
    const token = pii.redact({ email: 'ada@example.com' }).email
    await expect(pii.reveal(token, testPrincipal())).rejects.toMatchObject({ code: 'ERR_PII_FORBIDDEN' })
    await expect(pii.reveal(token, undefined)).rejects.toMatchObject({ code: 'ERR_PII_FORBIDDEN' })
    const last = token.at(-1) === 'A' ? 'Q' : 'A'
    for (const forged of [
      `${token.slice(0, -1)}${last}`,
      token.replace('EMAIL', 'PHONE'),
      'tok_k1_EMAIL.',
      'enc_CARD.AAAAAAAAAAAAAAAAAAAAAAAA',
      '',
    ]) {
      await expect(pii.reveal(forged, officer)).rejects.toMatchObject({ code: 'ERR_PII_TOKEN' })
    }
    const elsewhereEnv = createEnvironment()
    elsewhereEnv.ports.offer('can', () => true)
    const elsewhere = piiRedactor({ env: elsewhereEnv, keys, scope: 'tenant-2', reveal: 'x' })
    await expect(elsewhere.reveal(token, officer)).rejects.toMatchObject({ code: 'ERR_PII_TOKEN' })
    expect(events.of('pii.revealed').map(({ detail }) => detail.granted)).toEqual([
      false,
      false,
      true,
      true,
      true,
      true,
      true,
    ])
    expect(JSON.stringify(events.all)).not.toContain('ada@')
  })
})
