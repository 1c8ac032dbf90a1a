import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { jwtAuth, type JwtAuth, type JwtAuthOptions } from '@sallyport/jwt-auth'
import { guarded, testEnvironment, testIssuer } from './support/app.ts'

const audience = 'orders-api'

/** Calls the gate as Connect does; says whether it had answered when it returned. */
function call(auth: JwtAuth, token: string): { readonly sync: boolean; readonly done: Promise<unknown> } {
  const req = new IncomingMessage(new Socket())
  req.headers.authorization = `Bearer ${token}`
  req.rawHeaders.push('Authorization', `Bearer ${token}`)
  let answered = false
  const done = new Promise((resolve) => {
    auth(req, new ServerResponse(req), (err) => {
      answered = true
      resolve(err)
    })
  })
  return { sync: answered, done }
}

async function scene(options: Partial<JwtAuthOptions> = {}): Promise<{ auth: JwtAuth; token: string }> {
  const { issuer, token } = await testIssuer()
  const env = testEnvironment()
  await env.revocations.ready()
  return { auth: jwtAuth({ issuer, audience, ...options, env } as JwtAuthOptions<true>), token: await token() }
}

describe('a token that was seen before', () => {
  it('is let in without a promise', async () => {
    const { auth, token } = await scene()
    const first = call(auth, token)
    expect(first.sync).toBe(false)
    expect(await first.done).toBeUndefined()
    const second = call(auth, token)
    expect(second.sync).toBe(true)
    expect(await second.done).toBeUndefined()
  })

  it('is verified anew each time where the cache is off', async () => {
    const { auth, token } = await scene({ cacheSize: 0 })
    for (let i = 0; i < 3; i++) {
      const { sync, done } = call(auth, token)
      expect(sync).toBe(false)
      expect(await done).toBeUndefined()
    }
  })

  it('is not remembered when it was bad', async () => {
    const { auth, token } = await scene()
    const forged = `${token.slice(0, -8)}AAAAAAAA`
    for (let i = 0; i < 3; i++) {
      const { sync, done } = call(auth, forged)
      expect(sync).toBe(false)
      expect(await done).toMatchObject({ code: 'ERR_JWT_SIGNATURE' })
    }
  })

  it('is one principal for all requests, and cannot be changed by one of them', async () => {
    const { issuer, token } = await testIssuer()
    const auth = jwtAuth({ issuer, audience, env: testEnvironment() })
    const { ask } = await guarded(auth, ({ seen }) => {
      const { claims, roles } = auth.principalOf(seen)
      const attempts = [
        () => (roles as string[]).push('admin'),
        () => ((claims['nested'] as { list: string[] }).list as string[]).push('admin'),
        () => Object.assign(claims, { sub: 'mallory' }),
      ]
      return attempts.map((attempt) => {
        try {
          attempt()
          return 'changed'
        } catch {
          return 'frozen'
        }
      })
    })
    const good = await token({ claims: { roles: ['clerk'], nested: { list: [] } } })
    expect((await ask(good)).text).toBe('["frozen","frozen","frozen"]')
  })
})
