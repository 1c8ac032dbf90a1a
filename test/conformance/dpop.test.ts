import { createTestClock } from '@sallyport/core/testing'
import { jwtAuth } from '@sallyport/jwt-auth'
import { createDpopClient, startTestIssuer } from '@sallyport/jwt-auth/testing'
import { rbac } from '@sallyport/rbac'
import { createEnvironment } from '@sallyport/core'
import { expect, it, onTestFinished } from 'vitest'
import { describeHosts } from '../hosts/describe-hosts.ts'
import { jkt, madeAt, proof, token } from './vectors/rfc9449.ts'

describeHosts('RFC 9449: the example of section 7.1', (host) => {
  /** The example's resource, at the example's time, behind an issuer that knows the example's token. */
  async function resource(): Promise<(token: string, proof: string, method?: string) => Promise<[number, string]>> {
    const clock = createTestClock(madeAt * 1000)
    const issuer = await startTestIssuer({ clock, audience: 'resource' })
    const env = createEnvironment({ clock })
    onTestFinished(async () => {
      await env.close()
      await issuer.close()
    })
    issuer.server.documents.set('/introspect', ({ form }) => ({
      ...{ active: form.get('token') === token, token_type: 'DPoP', sub: 'someone@example.com', aud: 'resource' },
      ...{ exp: madeAt + 3600, cnf: { jkt } },
    }))
    const { introspection } = issuer
    const dpop = { publicUrl: 'https://resource.example.org' }
    const auth = jwtAuth({ issuer: issuer.issuer, audience: 'resource', introspection, dpop, env })
    const app = await host.start({ use: [auth], path: '/protectedresource' })
    return async (token, proof, method = 'GET') => {
      const headers = { authorization: `DPoP ${token}`, dpop: proof }
      const response = await app.fetch('/protectedresource', { method, headers })
      const { code = 'ok' } = response.ok ? {} : ((await response.json()) as { code?: string })
      return [response.status, code]
    }
  }

  it('is let in, once', async () => {
    const ask = await resource()
    expect(await ask(token, proof)).toEqual([200, 'ok'])
    expect(await ask(token, proof)).toEqual([401, 'ERR_JWT_PROOF_REPLAYED'])
  })

  it('is refused for another method, and with another signature', async () => {
    const ask = await resource()
    expect(await ask(token, proof, 'POST')).toEqual([401, 'ERR_JWT_PROOF'])
    expect(await ask(token, `${proof.slice(0, -4)}AAAA`)).toEqual([401, 'ERR_JWT_PROOF'])
    expect(await ask(`${token}x`, proof)).toEqual([401, 'ERR_JWT_INACTIVE'])
  })
})

describeHosts('RFC 9449, section 7.1: a token that is bound to a key, and too narrow', (host) => {
  it('is told so in its own scheme, and a bearer token in the other', async () => {
    const issuer = await startTestIssuer()
    const env = createEnvironment()
    onTestFinished(async () => {
      await env.close()
      await issuer.close()
    })
    const client = createDpopClient()
    const auth = jwtAuth({ issuer: issuer.issuer, audience: 'orders-api', dpop: true, env })
    const access = rbac({ roles: { clerk: ['orders:read'] }, env })
    const app = await host.start({ use: [auth], route: [access.require('orders:read')] })
    const narrow = { roles: ['clerk'], scope: 'openid' }
    const challenge = async (headers: object): Promise<[number, string | null]> => {
      const response = await app.fetch('/orders', { headers: { ...headers } })
      return [response.status, response.headers.get('www-authenticate')]
    }
    const bound = await issuer.token({ claims: { ...narrow, cnf: { jkt: client.jkt } } })
    const proved = await client.headers({ url: `${app.origin}/orders`, token: bound })
    expect(await challenge(proved)).toEqual([403, 'DPoP error="insufficient_scope", scope="orders:read"'])
    const bearer = { authorization: `Bearer ${await issuer.token({ claims: narrow })}` }
    expect(await challenge(bearer)).toEqual([403, 'Bearer error="insufficient_scope", scope="orders:read"'])
  })
})
