import { createEnvironment } from '@sallyport/core'
import { describe, expect, it } from 'vitest'
import { piiRedactor, type PiiRedactorOptions } from '@sallyport/pii-redactor'

const make = (options: object) => () => piiRedactor({ env: createEnvironment(), ...options } as PiiRedactorOptions)

describe('options', () => {
  it.each([
    [{ treshold: 1 }, /unknown option `treshold` \(did you mean `threshold`\?\)/],
    [{ entities: ['EMIAL'] }, /`entities` was 'EMIAL'/],
    [{ policy: { EMAIL: 'blur' } }, /`policy`/],
    [{ policy: { EMIAL: 'mask' } }, /`policy`/],
    [{ policy: { EMAIL: 'hash' } }, /`keys`.*needed/],
    [{ logs: { confidential: 'tokenize' } }, /`keys`.*`logs`/],
    [{ policy: { CARD: 'encrypt' } }, /keyRing/],
    [{ keys: [{ id: 'a', key: 'short' }] }, /`keys`/],
    [{ fields: { mail: 'MAIL' } }, /`fields` was 'MAIL'/],
    [{ threshold: 2 }, /`threshold` was 2/],
    [{ detectors: [{ entity: 'x', pattern: /x/ }] }, /`detectors`/],
  ])('%j is refused', (options, message) => {
    expect(make(options)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringMatching(message) as string }) as Error,
    )
  })

  it('shows no key', () => {
    expect(make({ keys: [{ id: 'a', key: 'a-secret-that-is-short' }] })).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('a-secret') as string }) as Error,
    )
  })

  it('take single entities, thresholds and detectors', () => {
    const pii = piiRedactor({
      env: createEnvironment(),
      entities: ['EMAIL'],
      thresholds: { EMAIL: 0.9 },
      detectors: [{ entity: 'STAFF', pattern: /S-\d{4}/, test: (match) => match !== 'S-0000' }],
      policy: { STAFF: 'mask' },
    })
    expect(pii.redact('ada@example.com 10.1.2.3 S-1234 S-0000')).toBe('[EMAIL] 10.1.2.3 *-**** S-0000')
    const unsure = piiRedactor({ env: createEnvironment(), thresholds: { EMAIL: 1 } })
    expect(unsure.redact('ada@example.com')).toBe('ada@example.com')
  })
})

describe('the time for one call', () => {
  it('ends in taking the rest out, never in letting it through', () => {
    let now = 0
    const clock = { now: () => (now += 10), after: () => () => undefined }
    const pii = piiRedactor({ env: createEnvironment({ clock }), budget: 25 })
    const text = `${'word '.repeat(60_000)}ada@example.com`
    const redacted = pii.redact(text)
    expect(redacted.endsWith('[REDACTED]')).toBe(true)
    expect(redacted).not.toContain('ada@')
    const list = Array.from({ length: 20_000 }, (_, i) => `x${i}@example.com`)
    expect(JSON.stringify(pii.redact(list))).not.toContain('@')
  })
})
