import { randomBytes, randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { guessable } from '../../src/keys/secret.ts'

const of = (text: string): string | undefined => guessable(Buffer.from(text))

describe('guessable', () => {
  it.each([
    'x'.repeat(64),
    'abababababababababababababababababab',
    'secretsecretsecretsecretsecretsecret',
    'changeme-changeme-changeme-changeme-',
    'correct horsecorrect horsecorrect horse',
    '0123456789abcdef0123456789abcdef',
    '0123456789:;<=>?@ABCDEFGHIJKLMNOPQRS',
    'abcdefghijklmnopqrstuvwxyzabcdef',
    'your-256-bit-secret-your-256-bit-secret!',
    'your-very-long-secret-key-at-least-32-characters-long',
    'this-is-my-super-secret-jwt-signing-key-please-change',
    'My_Super_Secret_Key_For_JWT_Tokens_In_Production_2024',
    'development-secret-development-only',
    'example-secret-example-secret-123456',
    'keyboard cat keyboard cat keyboard dog',
    'passwordPASSWORDpassword1234567890',
  ])('finds %j', (secret) => {
    expect(of(secret)).toBeTypeOf('string')
  })

  it('finds bytes that repeat or count', () => {
    expect(guessable(new Uint8Array(64))).toBeTypeOf('string')
    expect(guessable(Uint8Array.from({ length: 64 }, (_, i) => i))).toBeTypeOf('string')
    expect(guessable(Uint8Array.from({ length: 64 }, (_, i) => 255 - i))).toBeTypeOf('string')
    expect(guessable(Uint8Array.from({ length: 64 }, (_, i) => (i * i) % 11))).toBeTypeOf('string')
  })

  it('lets pass what was drawn at random, in every usual form', () => {
    for (let i = 0; i < 500; i++) {
      const bytes = randomBytes(32)
      expect(guessable(bytes)).toBeUndefined()
      for (const form of ['hex', 'base64', 'base64url'] as const) expect(of(bytes.toString(form))).toBeUndefined()
      expect(of(randomUUID())).toBeUndefined()
    }
  })

  it('tells nothing of the secret', () => {
    expect(of('hunter2hunter2hunter2hunter2hunter2')).not.toContain('hunter')
  })
})
