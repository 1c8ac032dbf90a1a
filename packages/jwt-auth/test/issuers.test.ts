import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createTestClock } from '@sallyport/core/testing'
import { jwtAuth } from '@sallyport/jwt-auth'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { answered, guarded, testEnvironment, testIssuer } from './support/app.ts'

const audience = 'orders-api'
const tenantOf = ({ issuer, jwksUri }: { issuer: string; jwksUri: string }) => ({ issuer, audience, jwksUri })

describeHosts('issuers that come and go', (host) => {
  it('are accepted from the moment they are added until they are removed', async () => {
    const [first, second] = [await testIssuer(), await testIssuer()]
    const auth = jwtAuth({ issuers: [], env: testEnvironment() })
    const app = await host.start({ use: [auth] })
    const ask = async (token: string): Promise<string> => {
      const { status, code } = await answered(
        await app.fetch('/orders', { headers: { authorization: `Bearer ${token}` } }),
      )
      return code ?? String(status)
    }
    const [one, two] = [await first.token(), await second.token()]
    expect([await ask(one), await ask(two)]).toEqual(['ERR_JWT_ISSUER', 'ERR_JWT_ISSUER'])
    auth.issuers.add(tenantOf(first))
    expect([await ask(one), await ask(two)]).toEqual(['200', 'ERR_JWT_ISSUER'])
    auth.issuers.add(tenantOf(second))
    expect([await ask(one), await ask(two)]).toEqual(['200', '200'])
    expect(auth.issuers.remove(first.issuer)).toBe(true)
    expect([await ask(one), await ask(two)]).toEqual(['ERR_JWT_ISSUER', '200'])
    expect(auth.issuers.remove(first.issuer)).toBe(false)
    expect(auth.health().issuers.map(({ issuer }) => issuer)).toEqual([second.issuer])
  })
})

describe('an issuer that is removed', () => {
  it('takes with it the tokens that are remembered', async () => {
    const issuer = await testIssuer()
    const auth = jwtAuth({ issuers: [tenantOf(issuer)], env: testEnvironment() })
    const { ask } = await guarded(auth)
    const token = await issuer.token()
    for (let i = 0; i < 3; i++) expect((await ask(token)).status).toBe(200)
    auth.issuers.remove(issuer.issuer)
    expect(await ask(token)).toMatchObject({ status: 401, code: 'ERR_JWT_ISSUER' })
  })

  it('takes with it the tokens that are being checked', async () => {
    const issuer = await testIssuer()
    const auth = jwtAuth({ issuers: [tenantOf(issuer)], env: testEnvironment() })
    const { ask } = await guarded(auth)
    issuer.server.mode = 'hang'
    const answers = [ask(await issuer.token()), ask(await issuer.token())]
    await expect.poll(() => issuer.fetches).toBe(1)
    await pause(20)
    auth.issuers.remove(issuer.issuer)
    issuer.server.release()
    for (const answer of await Promise.all(answers))
      expect(answer).toMatchObject({ status: 401, code: 'ERR_JWT_ISSUER' })
  })

  it('and added again is the new one to tokens old and new, also to those that were under way', async () => {
    const issuer = await testIssuer()
    const auth = jwtAuth({ issuers: [tenantOf(issuer)], env: testEnvironment() })
    const { ask } = await guarded(auth)
    const known = await issuer.token()
    expect((await ask(known)).status).toBe(200)
    auth.issuers.remove(issuer.issuer)
    auth.issuers.add({ ...tenantOf(issuer), audience: 'billing' })
    expect((await ask(known)).code).toBe('ERR_JWT_AUDIENCE')
    expect((await ask(await issuer.token({ claims: { aud: 'billing' } }))).status).toBe(200)

    auth.issuers.remove(issuer.issuer)
    auth.issuers.add(tenantOf(issuer))
    issuer.server.mode = 'hang'
    const fetches = issuer.fetches
    const underWay = ask(known)
    await expect.poll(() => issuer.fetches).toBe(fetches + 1)
    auth.issuers.remove(issuer.issuer)
    auth.issuers.add({ ...tenantOf(issuer), audience: 'billing' })
    issuer.server.mode = 'up'
    issuer.server.release()
    expect((await underWay).code).toBe('ERR_JWT_ISSUER')
    expect((await ask(known)).code).toBe('ERR_JWT_AUDIENCE')
  })

  it('is asked for no key any more', async () => {
    const clock = createTestClock()
    const issuer = await testIssuer({ clock })
    const auth = jwtAuth({ issuers: [tenantOf(issuer)], env: testEnvironment({ clock }) })
    const { ask } = await guarded(auth)
    const token = await issuer.token({ claims: { exp: clock.now() / 1000 + 86_400 } })
    expect((await ask(token)).status).toBe(200)
    auth.issuers.remove(issuer.issuer)
    for (let i = 0; i < 10; i++) {
      clock.set(clock.now() + 600_000)
      expect((await ask(token)).code).toBe('ERR_JWT_ISSUER')
      auth.health()
    }
    await pause(20)
    expect(issuer.fetches).toBe(1)
  })

  it('was down: its tokens are refused, not answered with 503', async () => {
    const issuer = await testIssuer()
    const auth = jwtAuth({ issuers: [tenantOf(issuer)], env: testEnvironment() })
    const { ask } = await guarded(auth)
    issuer.server.mode = 'down'
    const token = await issuer.token()
    expect((await ask(token)).status).toBe(503)
    expect(auth.health().ready).toBe(false)
    auth.issuers.remove(issuer.issuer)
    expect((await ask(token)).code).toBe('ERR_JWT_ISSUER')
    expect(auth.health().ready).toBe(true)
  })

  it('takes its opaque tokens with it, and leaves their place to another', async () => {
    const [first, second] = [await testIssuer(), await testIssuer()]
    const optionsOf = ({ issuer, introspection }: typeof first) => ({ issuer, audience, introspection })
    const auth = jwtAuth({ issuers: [optionsOf(first)], env: testEnvironment() })
    const { ask } = await guarded(auth)
    const token = first.opaqueToken()
    expect((await ask(token)).status).toBe(200)
    expect(() => auth.issuers.add(optionsOf(second))).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }))
    first.server.mode = 'hang'
    const underWay = ask(first.opaqueToken())
    await expect.poll(() => first.introspections).toBe(2)
    auth.issuers.remove(first.issuer)
    expect((await underWay).code).toBe('ERR_JWT_ISSUER')
    expect((await ask(token)).status).toBe(401)
    auth.issuers.add(optionsOf(second))
    expect((await ask(token)).code).toBe('ERR_JWT_INACTIVE')
    expect((await ask(second.opaqueToken())).status).toBe(200)
  })
})

describe('an issuer that is added', () => {
  it('is checked as at construction, and changes nothing where it is wrong', async () => {
    const issuer = await testIssuer()
    const auth = jwtAuth({ issuers: [tenantOf(issuer)], env: testEnvironment() })
    const wrong: readonly [object, string][] = [
      [{ ...tenantOf(issuer), jwskUri: 'x' }, 'did you mean `jwksUri`?'],
      [tenantOf(issuer), 'each issuer once'],
      [{ issuer: 'https://b.example.com/' }, '`audience` was undefined'],
      [{ issuer: 'https://b.example.com/', audience, jwksUri: 'http://b.example.com/jwks' }, 'an https URL'],
    ]
    for (const [options, words] of wrong) {
      expect(() => auth.issuers.add(options as never)).toThrow(words)
    }
    expect(() => auth.issuers.add(undefined as never)).toThrow('must be an object')
    expect(auth.health().issuers).toHaveLength(1)
  })

  it('works beside the one of an instance that was made with one', async () => {
    const [first, second] = [await testIssuer(), await testIssuer()]
    const auth = jwtAuth({ ...tenantOf(first), env: testEnvironment() })
    auth.issuers.add(tenantOf(second))
    const { ask } = await guarded(auth)
    expect((await ask(await first.token())).status).toBe(200)
    expect((await ask(await second.token())).status).toBe(200)
  })

  it('and removed ten thousand times leaves nothing behind', async () => {
    const env = testEnvironment()
    const closing: unknown[] = []
    const { onClose } = env
    Object.assign(env, { onClose: (task: () => void) => (closing.push(task), onClose(task)) })
    const auth = jwtAuth({ issuers: [], env })
    const before = closing.length
    for (let i = 0; i < 10_000; i++) {
      auth.issuers.add({ issuer: `https://tenant-${i}.example.com/`, audience })
      auth.issuers.remove(`https://tenant-${i}.example.com/`)
    }
    expect(closing).toHaveLength(before)
    expect(auth.health()).toEqual({ ready: true, issuers: [] })
  })
})
