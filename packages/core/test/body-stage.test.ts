import { expect, it } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { rawRequest } from '../../../test/hosts/raw-request.ts'
import { createEnvironment, defineMiddleware, type BodyFilter, type Middleware } from '@sallyport/core'

/** Shouts, and holds the last byte of each piece back. */
function shouting(): BodyFilter {
  let held = ''
  return {
    write(bytes) {
      const text = held + Buffer.from(bytes).toString('latin1').toUpperCase()
      held = text.slice(-1)
      return Buffer.from(text.slice(0, -1))
    },
    end: () => Buffer.from(`${held}!`),
  }
}

function shout(): Middleware {
  return defineMiddleware({
    name: 'shout',
    environment: createEnvironment(),
    gate(exchange) {
      const ifNoneMatch = exchange.takeHeader('if-none-match')
      exchange.onBody(() => ({ filter: shouting(), ...(ifNoneMatch !== undefined && { ifNoneMatch }) }))
    },
  })
}

describeHosts('the body stage', (host) => {
  it('changes bytes, with length and validator of what is sent', async () => {
    const app = await host.start({
      use: [shout()],
      handler: () => ({
        headers: { 'content-type': 'text/plain', etag: '"of the app"', 'content-length': '5' },
        body: 'hello',
      }),
    })
    const response = await rawRequest(app, { path: '/orders' })
    expect(response).toMatchObject({ status: 200, body: 'HELLO!', headers: { 'content-length': '6' } })
    expect(response.headers['etag']).not.toBe('"of the app"')
    const again = await rawRequest(app, {
      path: '/orders',
      headers: { 'if-none-match': String(response.headers['etag']) },
    })
    expect(again).toMatchObject({ status: 304, body: '' })
    const guessed = await rawRequest(app, { path: '/orders', headers: { 'if-none-match': '"of the app"' } })
    expect(guessed.status).toBe(200)
  })

  it('changes bytes that come in pieces', async () => {
    const app = await host.start({
      use: [shout()],
      handler: ({ res, seen }) => {
        if (host.kind === 'koa') (seen as { respond: boolean }).respond = false
        res.writeHead(201, { 'content-length': '3' })
        for (const piece of ['a', 'b', 'c']) res.write(piece)
        res.end()
        return undefined
      },
    })
    expect(await rawRequest(app, { path: '/orders' })).toMatchObject({ status: 201, body: 'ABC!' })
  })

  it('replaces the answer when a filter throws', async () => {
    const app = await host.start({
      use: [
        defineMiddleware({
          name: 'broken',
          environment: createEnvironment(),
          gate(exchange) {
            exchange.onBody(() => ({
              filter: {
                write() {
                  throw new Error('cannot')
                },
                end: () => new Uint8Array(),
              },
            }))
          },
        }),
      ],
      handler: () => ({ body: 'secret' }),
    })
    const response = await rawRequest(app, { path: '/orders' })
    expect(response.status).toBe(503)
    expect(response.body).not.toContain('secret')
  })

  it('gives handlers another body of the request', async () => {
    const environment = createEnvironment()
    const app = await host.start({
      use: [
        defineMiddleware({
          name: 'other',
          environment,
          async gate(exchange) {
            await exchange.readBody(100)
            exchange.replaceBody({ b: 2 })
          },
        }),
      ],
      handler: async ({ body }) => ({ body: { seen: await body() } }),
    })
    const response = await app.fetch('/orders', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"a":1}',
    })
    expect(await response.json()).toEqual({ seen: { b: 2 } })
  })
})
