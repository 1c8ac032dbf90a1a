import { serve, type HttpBindings } from '@hono/node-server'
import { createEnvironment, defineMiddleware, identify, type Environment, type Gate } from '@sallyport/core'
import { gate, problemDetails } from '@sallyport/hono'
import { Hono } from 'hono'
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'

function environment(): Environment {
  const env = createEnvironment()
  onTestFinished(() => env.close())
  return env
}

const middleware = (open: Gate, env = environment()) => defineMiddleware({ name: 'test', environment: env, gate: open })

/** Asks an app by a real server, and as its own tests would. */
const ways: readonly (readonly [
  string,
  (app: Hono) => Promise<(path: string, init?: RequestInit) => Promise<Response>>,
])[] = [
  [
    '@hono/node-server',
    async (app) => {
      const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
      await once(server, 'listening')
      onTestFinished(() => {
        ;(server as Server).closeAllConnections()
        server.close()
      })
      const { port } = server.address() as AddressInfo
      return (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init)
    },
  ],
  ['app.request()', async (app) => async (path, init) => app.request(path, init)],
]

describe.each(ways)('Hono on %s', (_name, start) => {
  it('guards all, a part and a route, in their order', async () => {
    const env = environment()
    const login = identify(
      (c: { req: { header(name: string): string | undefined } }) => {
        const subject = c.req.header('x-user')
        return subject === undefined ? undefined : { subject, credential: { kind: 'test', ambient: false } }
      },
      { env, required: true },
    )
    const only = (subject: string) =>
      middleware((exchange) => (exchange.principal?.subject === subject ? undefined : { status: 403, body: 'no' }), env)
    const app = new Hono()
    app.get('/open', (c) => c.text('open'))
    app.use('/in/*', gate(login))
    app.get('/in/ada', gate(only('ada')), (c) => c.json({ who: c.get('principal')?.subject }))
    const ask = await start(app)
    const as = async (path: string, user?: string) =>
      (await ask(path, { headers: user === undefined ? {} : { 'x-user': user } })).status
    expect(await as('/open')).toBe(200)
    expect([await as('/in/ada'), await as('/in/ada', 'eve'), await as('/in/ada', 'ada')]).toEqual([401, 403, 200])
    expect([await as('/in/none'), await as('/in/none', 'ada')]).toEqual([401, 404])
  })

  it('answers refusals as problem documents, by Hono’s handler and by the app’s own', async () => {
    const env = environment()
    const login = identify(() => undefined, { env, required: true })
    const own = new Hono().use(gate(middleware(() => undefined, env)))
    own.onError(problemDetails((_error, c) => c.text('mine', 418)))
    own.get('/a', gate(login), (c) => c.text('reached'))
    own.get('/b', () => {
      throw new Error('of the app')
    })
    const standard = new Hono().get('/a', gate(login), (c) => c.text('reached'))
    for (const app of [own, standard]) {
      const refused = await (await start(app))('/a')
      expect([refused.status, refused.headers.get('content-type')]).toEqual([401, 'application/problem+json'])
      expect(refused.headers.get('www-authenticate')).toBe('Session')
    }
    expect(await (await (await start(own))('/b')).text()).toBe('mine')
  })

  it('changes objects, bytes and headers on their way out, streams as well, and holds the end', async () => {
    const told: unknown[] = []
    const app = new Hono()
    app.use(
      gate(
        middleware((exchange) => {
          exchange.appendHeader('set-cookie', 'gate=1')
          exchange.onObject((body) => ({ ...(body as object), masked: true }))
          exchange.onBody(() => ({
            filter: {
              write: (bytes) => Buffer.from(Buffer.from(bytes).toString().toUpperCase()),
              end: () => Buffer.from('.'),
            },
          }))
          exchange.beforeHeaders((late, status) => late.setHeader('x-status', String(status)))
          exchange.beforeEnd(async () => void told.push('end'))
          exchange.onFinish((_, outcome) => void told.push(outcome))
        }),
      ),
    )
    app.get('/object', (c) => c.json({ name: 'ada' }, 201))
    app.get('/raw', () => new Response('raw', { headers: { 'set-cookie': 'app=1', etag: '"1"' } }))
    app.get('/stream', () => {
      const stream = new ReadableStream<Uint8Array>({
        async start(controller) {
          for (const part of ['one ', 'two']) {
            controller.enqueue(Buffer.from(part))
            await new Promise((resolve) => setImmediate(resolve))
          }
          controller.close()
        },
      })
      return new Response(stream)
    })
    const ask = await start(app)
    const object = await ask('/object')
    expect([object.status, object.headers.get('x-status'), await object.text()]).toEqual([
      201,
      '201',
      '{"NAME":"ADA","MASKED":TRUE}.',
    ])
    const raw = await ask('/raw')
    expect(raw.headers.getSetCookie().toSorted()).toEqual(['app=1', 'gate=1'])
    expect([await raw.text(), raw.headers.get('etag') === '"1"']).toEqual(['RAW.', false])
    expect(await (await ask('/stream')).text()).toBe('ONE TWO.')
    await expect.poll(() => told).toHaveLength(6)
    expect(told).toEqual(
      Array.from({ length: 3 }, (_, i) => ['end', { status: i === 0 ? 201 : 200, completed: true }]).flat(),
    )
  })

  it('replaces what may not leave, and cuts off what has begun to', async () => {
    const app = new Hono()
    app.use(gate(middleware((exchange) => exchange.beforeEnd(() => Promise.reject(new Error('disk full'))))))
    app.get('/whole', (c) => c.json({ secret: 1 }, 200, { etag: '"1"' }))
    let release!: () => void
    const released = new Promise<void>((resolve) => (release = resolve))
    app.get('/stream', () => {
      const stream = new ReadableStream<Uint8Array>({
        async start(controller) {
          controller.enqueue(Buffer.from('part'))
          await released
          controller.close()
        },
      })
      return new Response(stream)
    })
    const ask = await start(app)
    const whole = await ask('/whole')
    expect([whole.status, whole.headers.get('etag')]).toEqual([503, null])
    expect(await whole.text()).not.toContain('secret')
    const reader = (await ask('/stream')).body!.getReader()
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('part')
    release()
    await expect(reader.read()).rejects.toThrow()
  })

  it('hands on a body that a gate has read, or what it has put in its place', async () => {
    const app = new Hono()
    const env = environment()
    const read = gate(middleware(async (exchange) => void (await exchange.readBody(100)), env))
    const other = middleware(async (exchange) => {
      await exchange.readBody(100)
      exchange.replaceBody({ b: 2 })
    }, env)
    app.post('/json', read, async (c) => c.json(await c.req.json()))
    app.post('/form', read, async (c) => c.json(await c.req.parseBody()))
    app.post('/bytes', read, async (c) => c.text(await c.req.raw.text()))
    app.post('/other', gate(other), async (c) => c.json(await c.req.json()))
    const ask = await start(app)
    const post = async (path: string, body: string, type = 'application/json') =>
      (await ask(path, { method: 'POST', body, headers: { 'content-type': type } })).text()
    expect(await post('/json', '{"a":"ä"}')).toBe('{"a":"ä"}')
    expect(await post('/bytes', '{"a":"ä"}')).toBe('{"a":"ä"}')
    expect(await post('/other', '{"a":1}')).toBe('{"b":2}')
    expect(await post('/form', 'a=1', 'application/x-www-form-urlencoded')).toBe('{"a":"1"}')
  })
})

it('the client is the other end of the socket, or whom a trusted proxy names', async () => {
  const env = createEnvironment({ trustedProxies: ['loopback'] })
  onTestFinished(() => env.close())
  const app = new Hono<{ Bindings: HttpBindings }>()
  app.use(gate(middleware(({ clientAddress }) => ({ status: 200, body: clientAddress }), env)))
  const ask = await ways[0]![1](app as unknown as Hono)
  expect(await (await ask('/', { headers: { 'x-forwarded-for': '203.0.113.9' } })).text()).toBe('203.0.113.9')
  expect(await (await ask('/')).text()).toBe('127.0.0.1')
})
