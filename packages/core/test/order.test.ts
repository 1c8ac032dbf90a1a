import { coreError, identify } from '@sallyport/core'
import { expect, it } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import type { Call } from '../../../test/hosts/host.ts'
import { bodyParser, corsFor } from '../../../test/hosts/natives.ts'
import { bearer, environment, gate } from './support.ts'

const closed = () =>
  gate(environment(), () => {
    throw coreError('ERR_UNAUTHENTICATED', { headers: { 'www-authenticate': 'Bearer' } })
  })

const preflight = {
  method: 'OPTIONS',
  headers: {
    origin: 'https://spa.test',
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization',
  },
}

describeHosts('CORS', (host) => {
  it('before the gates: the preflight is answered, and a page can read the refusal', async () => {
    const app = await host.start({ use: [corsFor('https://spa.test'), closed()] })
    const answer = await app.fetch('/orders', preflight)
    expect(answer.status).toBe(204)
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://spa.test')
    const refused = await app.fetch('/orders', { headers: { origin: 'https://spa.test' } })
    expect(refused.status).toBe(401)
    expect(refused.headers.get('access-control-allow-origin')).toBe('https://spa.test')
    expect(refused.headers.get('www-authenticate')).toBe('Bearer')
  })

  it('after the gates: the preflight is refused, since OPTIONS is not exempt; nothing is let through', async () => {
    const app = await host.start({ use: [closed(), corsFor('https://spa.test')] })
    expect((await app.fetch('/orders', preflight)).status).toBe(401)
    expect((await app.fetch('/orders', { method: 'POST', headers: { origin: 'https://spa.test' } })).status).toBe(401)
  })
})

describeHosts('a route for all methods', (host) => {
  it('guards OPTIONS with the gates of the route', async () => {
    let reached = false
    const app = await host.start({
      method: 'ALL',
      route: [closed()],
      handler: () => {
        reached = true
        return {}
      },
    })
    expect((await app.fetch('/orders', { method: 'OPTIONS' })).status).toBe(401)
    expect(reached).toBe(false)
  })

  it('for one method only: OPTIONS never reaches its handler, though it is not asked', async () => {
    let reached = false
    const app = await host.start({
      method: 'GET',
      route: [closed()],
      handler: () => {
        reached = true
        return {}
      },
    })
    expect([200, 204, 404, 405]).toContain((await app.fetch('/orders', { method: 'OPTIONS' })).status)
    expect(reached).toBe(false)
  })

  it('with CORS before it: a plain OPTIONS that is no preflight is still guarded or answered without the handler', async () => {
    let reached = false
    const app = await host.start({
      use: [corsFor('https://spa.test')],
      method: 'ALL',
      route: [closed()],
      handler: () => {
        reached = true
        return {}
      },
    })
    // @fastify/cors refuses it itself.
    const statuses = host.kind === 'fastify' ? [400] : [204, 401]
    expect(statuses).toContain((await app.fetch('/orders', { method: 'OPTIONS' })).status)
    expect(reached).toBe(false)
  })
})

const echo = async ({ body }: Call) => ({ body: { body: await body() } })

describeHosts('body parsers', (host) => {
  const login = () =>
    identify(
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 5))
        return bearer('ada')
      },
      { env: environment() },
    )
  const post = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ a: 'x'.repeat(50_000) }),
  }

  for (const [order, use] of [
    ['after the gates (right: nobody parses for strangers)', () => [login(), bodyParser()]],
    ['before the gates (harmless: the body is still whole)', () => [bodyParser(), login()]],
  ] as const) {
    it(`${order}, also when the gate answers late`, async () => {
      const app = await host.start({ use: use(), handler: echo })
      const answer = (await (await app.fetch('/orders', post)).json()) as { body: { a: string } }
      expect(answer.body.a).toHaveLength(50_000)
    })
  }

  it('a refused request with a body still unread is answered, and the connection serves the next', async () => {
    const app = await host.start({ use: [closed(), bodyParser()] })
    for (let i = 0; i < 3; i++) expect((await app.fetch('/orders', post)).status).toBe(401)
  })
})
