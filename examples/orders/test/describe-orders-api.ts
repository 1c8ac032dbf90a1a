import { request, type RequestListener } from 'node:http'
import { join } from 'node:path'
import { createEnvironment, type Environment } from '@sallyport/core'
import {
  openOrderBook,
  serve,
  startEmbeddedIssuer,
  type EmbeddedIssuer,
  type OrderBook,
} from '@sallyport/example-orders'
import { generateKeyPair } from 'jose'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { tempFolder } from './temp-folder.ts'

/** What the examples' `createApp` take. */
export interface AppOptions {
  readonly issuer: string
  readonly audience: string
  readonly jwksUri: string
  readonly orders: OrderBook
  readonly env: Environment
}

interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly body: string
  json(): Record<string, unknown>
}

interface Send {
  readonly token?: string
  readonly json?: unknown
  readonly body?: string
  readonly headers?: Record<string, string>
}

const anvil = { customer: 'Acme', item: 'Anvil', quantity: 2, price: 4999 }
const role = { vera: 'viewer', carl: 'clerk', ada: 'admin', nora: 'nobody-knows-this-role' } as const

/**
 * The behaviour that all examples have, over real HTTP with tokens of a real issuer.
 * @param differing statuses by which a framework refuses what the others refuse otherwise
 */
export function describeOrdersApi(
  name: string,
  listenerOf: (options: AppOptions) => RequestListener,
  differing: { readonly form?: number } = {},
): void {
  let issuer: EmbeddedIssuer
  let file: string
  let api: { url: string; close: () => Promise<void> }

  async function start(): Promise<typeof api> {
    const env = createEnvironment()
    const { issuer: iss, audience, jwksUri } = issuer
    const listener = listenerOf({ issuer: iss, audience, jwksUri, orders: await openOrderBook(file), env })
    const serving = await serve(listener)
    let closing: Promise<void> | undefined
    const close = (): Promise<void> => (closing ??= serving.close().then(() => env.close()))
    onTestFinished(close)
    return { url: serving.url, close }
  }

  function tokenOf(subject: keyof typeof role): Promise<string> {
    return issuer.token({ subject, roles: [role[subject]] })
  }

  async function send(method: string, path: string, { token, json, body, headers }: Send = {}): Promise<Reply> {
    const content = json === undefined ? body : JSON.stringify(json)
    const response = await fetch(api.url + path, {
      method,
      headers: {
        connection: 'close',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(content !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(content !== undefined && { body: content }),
    })
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      body: text,
      json: () => JSON.parse(text) as Record<string, unknown>,
    }
  }

  async function as(subject: keyof typeof role, method: string, path: string, json?: unknown): Promise<Reply> {
    return send(method, path, { token: await tokenOf(subject), ...(json !== undefined && { json }) })
  }

  async function created(order: object = anvil): Promise<string> {
    const reply = await as('carl', 'POST', '/orders', order)
    expect(reply.status).toBe(201)
    return reply.json().id as string
  }

  beforeEach(async () => {
    issuer = await startEmbeddedIssuer()
    onTestFinished(() => issuer.close())
    file = join(await tempFolder(), 'orders.json')
    api = await start()
  })

  describe(`orders API on ${name}`, () => {
    it('creates, lists, reads, changes and deletes', async () => {
      const reply = await as('carl', 'POST', '/orders', anvil)
      const order = reply.json()
      expect(reply.status).toBe(201)
      expect(reply.headers.get('location')).toBe(`/orders/${order.id as string}`)
      expect(order).toMatchObject({ ...anvil, createdBy: 'carl' })

      const path = `/orders/${order.id as string}`
      expect((await as('vera', 'GET', '/orders')).json()).toEqual({ orders: [order] })
      expect((await as('vera', 'GET', path)).json()).toEqual(order)

      const changed = await as('carl', 'PUT', path, { ...anvil, quantity: 5 })
      expect(changed.status).toBe(200)
      expect(changed.json()).toMatchObject({ id: order.id, quantity: 5, createdBy: 'carl' })

      const gone = await as('ada', 'DELETE', path)
      expect(gone).toMatchObject({ status: 204, body: '' })
      expect((await as('vera', 'GET', path)).status).toBe(404)
    })

    it('reports to an admin', async () => {
      await created()
      await created({ ...anvil, customer: 'Bolt', quantity: 1 })
      expect((await as('ada', 'GET', '/report')).json()).toEqual({
        orders: 2,
        units: 3,
        value: 14_997,
        byCustomer: { Acme: { orders: 1, value: 9998 }, Bolt: { orders: 1, value: 4999 } },
      })
    })

    it('gives each role what it may and nothing else', async () => {
      const id = await created()
      const table: readonly [string, string, readonly (keyof typeof role)[], unknown?][] = [
        ['GET', '/orders', ['vera', 'carl', 'ada']],
        ['GET', `/orders/${id}`, ['vera', 'carl', 'ada']],
        ['POST', '/orders', ['carl', 'ada'], anvil],
        ['PUT', `/orders/${id}`, ['carl', 'ada'], anvil],
        ['GET', '/report', ['ada']],
        ['DELETE', `/orders/${id}`, ['ada']],
      ]
      for (const [method, path, allowed, json] of table) {
        for (const subject of ['vera', 'carl', 'nora', 'ada'] as const) {
          const { status } = await as(subject, method, path, json)
          if (allowed.includes(subject)) expect(status, `${subject} ${method} ${path}`).toBeLessThan(300)
          else expect(status, `${subject} ${method} ${path}`).toBe(403)
        }
      }
    })

    it('refuses a caller without the permission as a problem document, before the body is looked at', async () => {
      const reply = await send('POST', '/orders', { token: await tokenOf('vera'), body: '{"broken' })
      expect(reply.status).toBe(403)
      expect(reply.headers.get('content-type')).toContain('application/problem+json')
      expect(reply.json()).toMatchObject({ status: 403, code: 'ERR_RBAC_FORBIDDEN' })
    })

    it('answers nobody on any route, known or not', async () => {
      const id = await created()
      const routes = [
        ['GET', '/orders'],
        ['POST', '/orders'],
        ['GET', `/orders/${id}`],
        ['PUT', `/orders/${id}`],
        ['DELETE', `/orders/${id}`],
        ['GET', '/report'],
        ['GET', '/'],
        ['GET', '/no-such-path'],
      ] as const
      for (const [method, path] of routes) {
        const reply = await send(method, path)
        expect(reply.status, `${method} ${path}`).toBe(401)
        expect(reply.headers.get('www-authenticate'), `${method} ${path}`).toMatch(/^Bearer/)
      }
      expect((await as('vera', 'GET', '/orders')).json().orders).toHaveLength(1)
    })

    it('refuses a forged, an expired, an unsigned token and one for another API', async () => {
      const ada = { subject: 'ada', roles: ['admin'] }
      const good = await issuer.token(ada)
      const unsigned = `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${good.split('.')[1]!}.`
      const { privateKey } = await generateKeyPair('ES256')
      const bad = {
        forged: await issuer.token({ ...ada, key: privateKey }),
        expired: await issuer.token({ ...ada, lifetime: -60 }),
        'for another API': await issuer.token({ ...ada, audience: 'payments-api' }),
        unsigned,
      }
      for (const [what, token] of Object.entries(bad)) {
        const reply = await send('GET', '/orders', { token })
        expect(reply.status, what).toBe(401)
        expect(reply.headers.get('www-authenticate'), what).toContain('error="invalid_token"')
        expect(reply.body, what).not.toContain(token)
      }
      expect((await send('GET', '/orders', { token: good })).status).toBe(200)
    })

    it('takes a token out of use by its logout, and no other one', async () => {
      const [token, another] = [await tokenOf('vera'), await tokenOf('vera')]
      expect(await send('POST', '/logout', { token })).toMatchObject({ status: 204, body: '' })
      const refused = await send('GET', '/orders', { token })
      expect(refused.status).toBe(401)
      expect(refused.headers.get('www-authenticate')).toContain('error="invalid_token"')
      expect((await send('POST', '/logout', { token })).status).toBe(401)
      expect((await send('GET', '/orders', { token: another })).status).toBe(200)
    })

    it('logs nobody out whom it does not know', async () => {
      expect((await send('POST', '/logout')).status).toBe(401)
    })

    it('does not look for tokens in the query', async () => {
      expect((await send('GET', `/orders?access_token=${await tokenOf('ada')}`)).status).toBe(401)
    })

    it('answers 503 with Retry-After, and no 401, while the key server is down', async () => {
      const token = await tokenOf('ada')
      await issuer.close()
      const reply = await send('GET', '/orders', { token })
      expect(reply.status).toBe(503)
      expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(reply.headers.get('www-authenticate')).toBeNull()
      expect(reply.body).not.toContain('127.0.0.1')
    })

    it.each([
      ['no body', undefined, {}, 400],
      ['broken JSON', '{"customer":', {}, 400],
      ['a list', '[]', {}, 400],
      ['another content type', JSON.stringify(anvil), { 'content-type': 'text/plain' }, 400],
      ['a form', 'customer=Acme', { 'content-type': 'application/x-www-form-urlencoded' }, differing.form ?? 400],
      ['a body of 17 kB', JSON.stringify({ ...anvil, item: 'x'.repeat(17 * 1024) }), {}, 413],
      ['a wrong quantity', JSON.stringify({ ...anvil, quantity: 0 }), {}, 422],
      ['a member that is not the client’s', JSON.stringify({ ...anvil, createdBy: 'ada' }), {}, 422],
      ['an order in no known coding', JSON.stringify(anvil), { 'content-encoding': 'x-no' }, 415],
    ])('refuses %s', async (_what, body, headers, status) => {
      const id = await created()
      for (const [method, path] of [
        ['POST', '/orders'],
        ['PUT', `/orders/${id}`],
      ] as const) {
        const reply = await send(method, path, {
          token: await tokenOf('carl'),
          headers,
          ...(body !== undefined && { body }),
        })
        expect(reply.status, method).toBe(status)
        expect(reply.body, method).not.toMatch(/node_modules|\n\s+at /)
      }
      expect((await as('vera', 'GET', '/orders')).json().orders).toMatchObject([{ id, ...anvil }])
    })

    it('answers 404 for an order that is not there', async () => {
      const path = '/orders/00000000-0000-0000-0000-000000000000'
      expect((await as('ada', 'GET', path)).status).toBe(404)
      expect((await as('ada', 'PUT', path, anvil)).status).toBe(404)
      expect((await as('ada', 'DELETE', path)).status).toBe(404)
      expect((await as('ada', 'GET', '/orders/__proto__')).status).toBe(404)
      expect((await as('ada', 'GET', '/no-such-path')).status).toBe(404)
    })

    it('has its orders back after a restart', async () => {
      const id = await created()
      await api.close()
      api = await start()
      expect((await as('vera', 'GET', `/orders/${id}`)).json()).toMatchObject({ id, ...anvil, createdBy: 'carl' })
    })

    it('loses none of 50 concurrent orders', async () => {
      const ids = await Promise.all(Array.from({ length: 50 }, () => created()))
      await api.close()
      api = await start()
      const { orders } = (await as('vera', 'GET', '/orders')).json() as { orders: { id: string }[] }
      expect(orders.map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
    })

    it('answers HEAD as GET without a body, and guards it as well', async () => {
      expect((await send('HEAD', '/orders')).status).toBe(401)
      expect(await as('vera', 'HEAD', '/orders')).toMatchObject({ status: 200, body: '' })
    })

    it('is not reached by other spellings of a guarded path', async () => {
      for (const path of ['/%72eport', '//report', '/./report', '/REPORT', '/report/']) {
        expect([403, 404], path).toContain(await rawStatus(path, await tokenOf('carl')))
        expect(await rawStatus(path), path).toBe(401)
      }
    })
  })

  /** fetch tidies paths; this sends them as they are. */
  function rawStatus(path: string, token?: string): Promise<number | undefined> {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    return new Promise((resolve, reject) => {
      const { hostname, port } = new URL(api.url)
      request({ hostname, port, path, headers, agent: false }, (res) => {
        res.resume().once('end', () => resolve(res.statusCode))
      })
        .once('error', reject)
        .end()
    })
  }
}
