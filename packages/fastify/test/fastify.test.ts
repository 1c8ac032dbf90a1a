import { PassThrough, Readable } from 'node:stream'
import { createEnvironment, defineMiddleware, exchangeOf, identify, type Environment, type Gate } from '@sallyport/core'
import { gate, sallyportFastify } from '@sallyport/fastify'
import { rbac } from '@sallyport/rbac'
import fastify, { type FastifyInstance } from 'fastify'
import { expect, it, onTestFinished } from 'vitest'

function environment(): Environment {
  const env = createEnvironment()
  onTestFinished(() => env.close())
  return env
}

const middleware = (open: Gate, env = environment()) => defineMiddleware({ name: 'test', environment: env, gate: open })

async function appWith(open: Gate, prepare: (app: FastifyInstance) => unknown): Promise<FastifyInstance> {
  const app = fastify()
  onTestFinished(() => app.close())
  await app.register(sallyportFastify, { gates: [middleware(open)] })
  await prepare(app)
  return app
}

it('guards a part of an app, a route by each of its hooks, and what is no route', async () => {
  const env = environment()
  const access = rbac({ roles: { clerk: ['orders:read'] }, env })
  const login = identify(
    (request: { headers: Record<string, string> }) => {
      const subject = request.headers['x-user']
      return subject === undefined ? undefined : { subject, roles: [subject] }
    },
    { env, required: true },
  )
  const app = fastify()
  onTestFinished(() => app.close())
  await app.register(sallyportFastify)
  app.get('/open', () => 'open')
  await app.register(
    (part, _options, done) => {
      part.addHook('onRequest', gate(login))
      for (const hook of ['onRequest', 'preValidation', 'preHandler'] as const) {
        part.get(`/by/${hook}`, { [hook]: gate(access.require('orders:read')) }, (request) => request.principal)
      }
      part.setNotFoundHandler(() => 'nothing here')
      done()
    },
    { prefix: '/guarded' },
  )
  const status = async (url: string, user?: string) =>
    (await app.inject({ url, headers: user === undefined ? {} : { 'x-user': user } })).statusCode
  expect(await status('/open')).toBe(200)
  for (const hook of ['onRequest', 'preValidation', 'preHandler']) {
    const url = `/guarded/by/${hook}`
    expect([await status(url), await status(url, 'eve'), await status(url, 'clerk')]).toEqual([401, 403, 200])
  }
  expect(await status('/guarded/nothing')).toBe(401)
})

it('refuses every request where the plugin was not registered, and a middleware that was mounted without gate()', async () => {
  const app = fastify()
  onTestFinished(() => app.close())
  const bare = middleware(() => undefined)
  app.get('/a', { onRequest: gate(bare) }, () => 'reached')
  app.get('/b', { onRequest: bare as never }, () => 'reached')
  for (const url of ['/a', '/b']) {
    const answer = await app.inject(url)
    expect([answer.statusCode, answer.json()]).toMatchObject([500, { code: 'ERR_OPTION' }])
  }
})

it('says at start-up what is wrong with its options', async () => {
  const start = async (options: object) => void (await fastify().register(sallyportFastify, options))
  await expect(start({ gate: [] })).rejects.toThrow(/did you mean `gates`/)
  await expect(start({ gates: [() => undefined] })).rejects.toThrow(/gates/)
  expect(() => gate((() => undefined) as never)).toThrow(/gate: /)
})

it('leaves errors that are no refusals to the handler that was set before', async () => {
  const app = fastify()
  onTestFinished(() => app.close())
  app.setErrorHandler((_error, _request, reply) => reply.code(418).send('mine'))
  // Below it, so that Fastify does not warn of two in one part.
  await app.register(async (part) => {
    await part.register(sallyportFastify)
    part.get('/', () => Promise.reject(new Error('of the app')))
  })
  expect(await app.inject('/')).toMatchObject({ statusCode: 418, body: 'mine' })
})

it('changes streams on their way out, and cuts off one that may not end', async () => {
  let refuse = false
  let stream: PassThrough | undefined
  const app = await appWith(
    (exchange) => {
      const filter = {
        write: (bytes: Uint8Array) => Buffer.from(Buffer.from(bytes).toString().toUpperCase()),
        end: () => new Uint8Array(),
      }
      exchange.onBody(() => ({ filter }))
      exchange.beforeEnd(() => (refuse ? Promise.reject(new Error('no')) : undefined))
      exchange.beforeHeaders((late) => late.setHeader('x-late', 'yes'))
    },
    (own) => {
      own.get('/node', (_request, reply) => reply.header('x-app', '1').send(Readable.from(['one ', 'two'])))
      own.get('/web', () => new Response(new Blob(['three']).stream(), { status: 201, headers: { 'x-app': '1' } }))
      own.get('/slow', (_request, reply) => {
        stream = new PassThrough()
        stream.write('begun')
        return reply.send(stream)
      })
    },
  )
  const base = await app.listen({ port: 0, host: '127.0.0.1' })
  for (const [path, status, text] of [
    ['/node', 200, 'ONE TWO'],
    ['/web', 201, 'THREE'],
  ] as const) {
    const response = await fetch(base + path)
    expect([response.status, await response.text()]).toEqual([status, text])
    expect([response.headers.get('x-app'), response.headers.get('x-late')]).toEqual(['1', 'yes'])
  }
  refuse = true
  const reader = (await fetch(`${base}/slow`)).body!.getReader()
  expect(Buffer.from((await reader.read()).value!).toString()).toBe('BEGUN')
  stream!.end('ended')
  await expect(reader.read().then(() => reader.read())).rejects.toThrow()
})

it('keeps cookies of gates and of the app side by side, also where the app takes the reply', async () => {
  const app = await appWith(
    (exchange) => {
      exchange.appendHeader('set-cookie', 'gate=1')
      exchange.setHeader('vary', 'cookie')
    },
    (own) => {
      own.get('/', (_request, reply) => reply.header('set-cookie', 'app=1').send('x'))
      own.get('/taken', (_request, reply) => void reply.hijack().raw.end('x'))
    },
  )
  expect((await app.inject('/')).headers).toMatchObject({ 'set-cookie': ['gate=1', 'app=1'], vary: 'cookie' })
  expect((await app.inject('/taken')).headers).toMatchObject({ 'set-cookie': 'gate=1', vary: 'cookie' })
})

it('hands on a body that a gate has read, whole, and of another type of the parser’s own', async () => {
  const app = await appWith(
    async (exchange) => void (await exchange.readBody(100)),
    (own) => own.post('/', (request) => ({ body: request.body, mine: exchangeOf(request)?.method })),
  )
  const answer = await app.inject({ method: 'POST', url: '/', payload: { name: 'Ädä' } })
  expect(answer.json()).toEqual({ body: { name: 'Ädä' }, mine: 'POST' })
})

it('redacts what handlers of errors and of unknown paths send', async () => {
  const app = await appWith(
    (exchange) => exchange.onObject(() => undefined),
    (own) => {
      own.setNotFoundHandler(() => ({ secret: 1 }))
      own.get('/', () => ({ secret: 1 }))
    },
  )
  for (const url of ['/', '/none']) expect((await app.inject(url)).body).toBe('null')
})
