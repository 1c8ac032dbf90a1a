import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { coreError, describeGate, exchangeOf, SecurityError, type Gate } from '@sallyport/core'
import { expect, it, onTestFinished } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import type { Native } from '../../../test/hosts/host.ts'
import { environment, gate, later } from './support.ts'

const refuse: Gate = () => {
  throw coreError('ERR_UNAUTHENTICATED', { headers: { 'www-authenticate': 'Test realm="x"' } })
}

describeHosts('a gate', (host) => {
  for (const [kind, make] of [
    ['synchronous', (open: Gate) => open],
    ['asynchronous', later],
  ] as const) {
    it(`passes on when it returns nothing, ${kind}`, async () => {
      const app = await host.start({
        use: [
          gate(
            environment(),
            make(() => undefined),
          ),
        ],
      })
      const response = await app.fetch('/orders')
      expect(response.status).toBe(200)
      expect(await response.text()).toBe('reached')
    })

    it(`is the response when it answers, ${kind}`, async () => {
      let reached = false
      const answer = { status: 303, headers: { location: '/login', 'set-cookie': ['a=1', 'b=2'] }, body: 'see login' }
      const app = await host.start({
        use: [
          gate(
            environment(),
            make(() => answer),
          ),
        ],
        handler: () => {
          reached = true
          return {}
        },
      })
      const response = await app.fetch('/orders')
      expect(response.status).toBe(303)
      expect(response.headers.get('location')).toBe('/login')
      expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
      expect(await response.text()).toBe('see login')
      expect(reached).toBe(false)
    })

    it(`refuses through the app's own error handling, ${kind}`, async () => {
      const app = await host.start({ route: [gate(environment(), make(refuse))] })
      const response = await app.fetch('/orders')
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toBe('Test realm="x"')
      expect(await response.json()).toEqual({
        type: 'about:blank',
        title: 'Unauthorized',
        status: 401,
        code: 'ERR_UNAUTHENTICATED',
        detail: 'Authentication is required',
      })
      expect(app.errors).toHaveLength(1)
      expect(SecurityError.is(app.errors[0])).toBe(true)
    })

    it(`refuses with 503 and tells nothing when it throws something unexpected, ${kind}`, async () => {
      const app = await host.start({
        use: [
          gate(
            environment(),
            make(() => {
              throw new Error('connect to postgres://admin:hunter2@db failed')
            }),
          ),
        ],
      })
      const response = await app.fetch('/orders')
      expect(response.status).toBe(503)
      expect(response.headers.get('retry-after')).toMatch(/^\d+$/)
      expect(await response.text()).not.toMatch(/postgres|hunter2|Error:/)
      const error = app.errors[0] as SecurityError
      expect(error.code).toBe('ERR_GATE_FAILED')
      expect(error.origin?.at).toMatch(/gate\.test\.ts/)
      expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain('hunter2')
    })

    it(`refuses with 503 when it returns what is no answer: true is not a pass, ${kind}`, async () => {
      const app = await host.start({ use: [gate(environment(), make((() => true) as unknown as Gate))] })
      expect((await app.fetch('/orders')).status).toBe(503)
    })
  }

  it("answers with the framework's own error handler too, status and challenge kept", async () => {
    const app = await host.start({ use: [gate(environment(), refuse)], problems: false })
    const response = await app.fetch('/orders')
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Test realm="x"')
  })

  it('is asked for HEAD and OPTIONS as for any other method', async () => {
    const seen: string[] = []
    const app = await host.start({
      use: [
        gate(environment(), (exchange) => {
          seen.push(exchange.method)
          return exchange.method === 'HEAD'
            ? { status: 200, body: 'a body that HEAD must not carry' }
            : refuse(exchange)
        }),
      ],
    })
    const head = await app.fetch('/orders', { method: 'HEAD' })
    expect(head.status).toBe(200)
    expect(await head.text()).toBe('')
    expect((await app.fetch('/orders', { method: 'OPTIONS' })).status).toBe(401)
    expect(seen).toEqual(['HEAD', 'OPTIONS'])
  })

  it('serves many requests of one kept-alive connection, each with its own exchange', async () => {
    const env = environment()
    const exchanges = new Set<unknown>()
    const app = await host.start({
      use: [gate(env, (exchange) => void exchanges.add(exchange))],
      handler: ({ exchange }) => ({ body: exchange?.search ?? '' }),
    })
    const socket = connect(app.port, '127.0.0.1')
    socket.setEncoding('utf8')
    let text = ''
    socket.on('data', (chunk: string) => (text += chunk))
    for (let i = 0; i < 3; i++) {
      socket.write(`GET /orders?n=${i} HTTP/1.1\r\nhost: x\r\n\r\n`)
      await expect.poll(() => text.includes(`n=${i}`)).toBe(true)
    }
    socket.destroy()
    expect(exchanges.size).toBe(3)
  })

  it('survives a client that goes away while it decides', async () => {
    let release!: () => void
    const held = new Promise<void>((resolve) => (release = resolve))
    let entered = false
    let wait = true
    const app = await host.start({
      use: [
        gate(environment(), async () => {
          entered = true
          if (wait) await held
        }),
      ],
    })
    const client = httpRequest(`${app.origin}/orders`)
    client.on('error', () => undefined)
    client.end()
    await expect.poll(() => entered).toBe(true)
    client.destroy()
    await new Promise((resolve) => setTimeout(resolve, 20))
    release()
    wait = false
    expect((await app.fetch('/orders')).status).toBe(200)
  })

  it('does not let the rest run when it refuses after an earlier middleware has answered in full', async () => {
    let reached = false
    const early: Native = {
      node(_req, res, next) {
        res.end('early')
        next()
      },
      async koa(ctx, next) {
        ctx.respond = false
        ctx.res.statusCode = 200
        ctx.res.end('early')
        await next()
      },
    }
    const app = await host.start({
      use: [early, gate(environment(), refuse)],
      handler: () => {
        reached = true
        return undefined
      },
    })
    const response = await app.fetch('/orders')
    expect(await response.text()).toBe('early')
    expect((await app.fetch('/orders')).status).toBe(200)
    expect(reached).toBe(false)
  })

  it('is seen under Symbol.for("sallyport.exchange") by every later gate: one exchange per request', async () => {
    const env = environment()
    const exchanges: unknown[] = []
    const note = gate(env, (exchange) => void exchanges.push(exchange))
    const app = await host.start({
      use: [note],
      route: [note],
      handler: ({ seen }) => ({ body: String(exchangeOf(seen) === exchanges[0]) }),
    })
    expect(await (await app.fetch('/orders')).text()).toBe('true')
    expect(exchanges).toHaveLength(2)
    expect(exchanges[0]).toBe(exchanges[1])
  })

  it('tells method, path and query as the client sent them, also below a mount', async () => {
    const app = await host.start({
      route: [
        gate(environment(), ({ method, path, search }) => ({ status: 200, body: `${method} ${path} ${search}` })),
      ],
    })
    expect(await (await app.fetch('/orders?a=1&b=%2F')).text()).toBe('GET /orders a=1&b=%2F')
  })
})

describeHosts('a 401', (host) => {
  it('always names a challenge: those that gates before it offered, or that of a login without a name', async () => {
    const env = environment()
    const bare = gate(env, () => {
      throw coreError('ERR_UNAUTHENTICATED')
    })
    const offering = gate(env, (exchange) => {
      exchange.offerChallenge('Bearer realm="a"')
      exchange.offerChallenge('DPoP algs="ES256"')
      exchange.offerChallenge('Bearer realm="a"')
    })
    const challengeOf = async (use: readonly (typeof bare)[]) =>
      (await (await host.start({ use })).fetch('/orders')).headers.get('www-authenticate')
    expect(await challengeOf([bare])).toBe('Session')
    expect(await challengeOf([offering, bare])).toBe('Bearer realm="a", DPoP algs="ES256"')
  })
})

describeHosts('double next', (host) => {
  const twice: Native = {
    node(_req, _res, next) {
      next()
      next()
    },
    // Koa's own compose refuses a second call, so the first one counts.
    async koa(_ctx, next) {
      await next()
      await next().catch(() => undefined)
    },
  }

  it('by an earlier middleware: a refusing gate refuses both times and nothing reaches the handler', async () => {
    let reached = 0
    const app = await host.start({
      use: [twice, gate(environment(), refuse)],
      handler: () => {
        reached++
        return {}
      },
    })
    const response = await app.fetch('/orders')
    expect(response.status).toBe(401)
    expect((await app.fetch('/orders')).status).toBe(401)
    expect(reached).toBe(0)
  })

  it('is never ours: an exception of what comes after is not answered a second time', async () => {
    let calls = 0
    const app = await host.start({
      use: [
        gate(
          environment(),
          later(() => undefined),
        ),
      ],
      handler: () => {
        calls++
        throw Object.assign(new Error('of the app'), { status: 418, expose: true })
      },
      problems: false,
    })
    // Hono's own handler answers every error of the app with 500.
    expect((await app.fetch('/orders')).status).toBe(host.kind === 'hono' ? 500 : 418)
    expect(calls).toBe(1)
    expect(app.errors).toHaveLength(1)
  })
})

it('a defect in a gate is named on stderr, once per place and without its text, also when nobody listens', async () => {
  const { express5Host } = await import('../../../test/hosts/node-hosts.ts')
  const warnings: string[] = []
  const warned = (warning: Error): void => void warnings.push(`${warning.name}: ${warning.message}`)
  process.on('warning', warned)
  onTestFinished(() => void process.off('warning', warned))
  const app = await express5Host.start({
    use: [
      gate(environment(), () => {
        throw new RangeError('password hunter2')
      }),
    ],
  })
  await app.fetch('/orders')
  await app.fetch('/orders')
  await expect
    .poll(() => warnings)
    .toEqual([expect.stringMatching(/^SallyportWarning: A gate threw RangeError at .*gate\.test\.ts/)])
})

it('a middleware carries its gate and what it requires, for doors and listings', () => {
  const env = environment()
  const description = describeGate(gate(env, () => undefined, 'mine'))
  expect(description).toMatchObject({ name: 'mine', requires: {} })
  expect(description?.environment).toBe(env)
  expect(describeGate(() => undefined)).toBeUndefined()
})

it('a middleware called without `next` throws: nothing could pass', () => {
  const middleware = gate(environment(), () => undefined) as unknown as (req: object, res: object) => void
  expect(() => middleware({}, {})).toThrow(/without `next`/)
})
