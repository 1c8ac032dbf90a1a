import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { accessToken } from './support/test-issuer.ts'
import { makeKey, signWith } from './support/signing-key.ts'

const key = makeKey('ES256', 'the-kid')

/** Runs requests in a process of their own, because Node reads NODE_DEBUG once. */
function logOf(tokens: readonly (string | undefined)[]): string {
  const script = `
    import { IncomingMessage, ServerResponse } from 'node:http'
    import { jwtAuth } from '@sallyport/jwt-auth'
    const { pem, tokens } = JSON.parse(process.env.INPUT)
    const auth = jwtAuth({ issuer: 'https://id.example.com/', audience: 'orders-api', publicKey: pem })
    for (const token of tokens) {
      const req = Object.assign(new IncomingMessage(), { method: 'GET', url: '/orders' })
      if (token) req.rawHeaders.push('Authorization', 'Bearer ' + token)
      await new Promise((done) => auth(req, new ServerResponse(req), done))
    }`
  const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
    env: { ...process.env, NODE_DEBUG: 'sallyport:jwt-auth', INPUT: JSON.stringify({ pem: key.pem, tokens }) },
  })
  expect(status).toBe(0)
  return stderr
}

describe('NODE_DEBUG=sallyport:jwt-auth', () => {
  it('explains each decision, and shows nothing of a token', async () => {
    const claims = { ...accessToken('https://id.example.com/', 'orders-api'), sub: 'private-subject' }
    const good = await signWith(key, claims)
    const tokens = [
      undefined,
      good,
      await signWith(key, { ...claims, exp: 1 }),
      await signWith(key, { ...claims, iss: 'https://evil.example.com/' }),
      await signWith(makeKey('ES256', 'evil-kid'), claims),
      'evil\u{1B}[31m',
    ]
    const log = logOf(tokens)
    for (const words of [
      'no token',
      'accepted a token of https://id.example.com/',
      'ERR_JWT_EXPIRED',
      'ERR_JWT_ISSUER',
      'ERR_JWT_SIGNATURE',
      'ERR_JWT_MALFORMED',
    ]) {
      expect(log).toContain(words)
    }
    expect(log).not.toMatch(/private-subject|evil|the-kid|\u{1B}/u)
    for (const token of tokens) for (const text of token?.split('.') ?? []) expect(log).not.toContain(text.slice(0, 12))
  })
})
