import { get } from 'node:http'
import { coreError, type Exchange, type Outcome } from '@sallyport/core'
import { expect, it } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { environment, gate } from './support.ts'

const hook = (register: (exchange: Exchange) => void) => gate(environment(), register)

describeHosts('beforeHeaders', (host) => {
  it('may set headers and cookies right before they leave, whatever the app set', async () => {
    const app = await host.start({
      use: [
        hook((exchange) =>
          exchange.beforeHeaders((late, status) => {
            late.setHeader('x-status', String(status))
            late.appendHeader('set-cookie', 'late=1')
          }),
        ),
      ],
      handler: () => ({ status: 201, headers: { 'set-cookie': 'app=1' }, body: { ok: true } }),
    })
    const response = await app.fetch('/orders')
    expect(response.status).toBe(201)
    expect(response.headers.get('x-status')).toBe('201')
    expect(response.headers.getSetCookie()).toEqual(['app=1', 'late=1'])
    expect(await response.json()).toEqual({ ok: true })
  })

  it('runs for a response that the app writes by writeHead with headers of its own, once', async () => {
    let runs = 0
    const app = await host.start({
      use: [
        hook((exchange) =>
          exchange.beforeHeaders((late) => {
            runs++
            late.setHeader('x-late', 'yes')
          }),
        ),
      ],
      handler: ({ res, seen }) => {
        ;(seen as { respond?: boolean }).respond = false
        res.writeHead(202, 'Taken', ['x-app', '1', 'x-app', '2'])
        res.write('a')
        res.end('b')
        return undefined
      },
    })
    const response = await app.fetch('/orders')
    expect([response.status, response.statusText]).toEqual([202, 'Taken'])
    expect(response.headers.get('x-app')).toBe('1, 2')
    expect(response.headers.get('x-late')).toBe('yes')
    expect(await response.text()).toBe('ab')
    expect(runs).toBe(1)
  })

  it('runs for refusals as well', async () => {
    const app = await host.start({
      use: [
        hook((exchange) => {
          exchange.beforeHeaders((late) => late.setHeader('x-late', 'yes'))
          throw coreError('ERR_UNAUTHENTICATED')
        }),
      ],
    })
    const response = await app.fetch('/orders')
    expect(response.status).toBe(401)
    expect(response.headers.get('x-late')).toBe('yes')
  })
})

describeHosts('beforeEnd', (host) => {
  it('holds the response until its promise is settled', async () => {
    let release!: () => void
    let ended = false
    const app = await host.start({
      use: [hook((exchange) => exchange.beforeEnd(() => new Promise<void>((resolve) => (release = resolve))))],
      handler: () => ({ body: { ok: true } }),
    })
    const answer = app.fetch('/orders').then((response) => {
      ended = true
      return response
    })
    await expect.poll(() => release).toBeTypeOf('function')
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(ended).toBe(false)
    release()
    const response = await answer
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ ok: true })
  })

  for (const [way, fail] of [
    ['rejects', () => Promise.reject(new Error('disk full at /var/secret'))],
    [
      'throws',
      () => {
        throw new Error('disk full at /var/secret')
      },
    ],
  ] as const) {
    it(`replaces the whole response by a refusal when it ${way}`, async () => {
      const app = await host.start({
        use: [hook((exchange) => exchange.beforeEnd(fail))],
        handler: () => ({
          status: 201,
          headers: { etag: '"1"', 'content-encoding': 'identity' },
          body: { secret: 'not for you' },
        }),
      })
      const response = await app.fetch('/orders')
      expect(response.status).toBe(503)
      expect(response.statusText).toBe('Service Unavailable')
      expect(response.headers.get('etag')).toBeNull()
      expect(response.headers.get('retry-after')).toMatch(/^\d+$/)
      const text = await response.text()
      expect(text).not.toMatch(/not for you|disk|secret/)
      expect(JSON.parse(text)).toMatchObject({ status: 503, code: 'ERR_GATE_FAILED' })
    })
  }

  it('replaces a response that the app began with writeHead, since nothing has left yet', async () => {
    const app = await host.start({
      use: [
        hook((exchange) =>
          exchange.beforeEnd(() => {
            throw coreError('ERR_STORE_UNAVAILABLE')
          }),
        ),
      ],
      handler: ({ res, seen }) => {
        ;(seen as { respond?: boolean }).respond = false
        res.writeHead(200, { 'x-app': '1', 'content-length': '5' })
        res.end('hello')
        return undefined
      },
    })
    const response = await app.fetch('/orders')
    expect(response.status).toBe(503)
    expect(await response.text()).toContain('ERR_STORE_UNAVAILABLE')
  })

  it('cuts off a streamed response that it may not end: the client sees that it is incomplete', async () => {
    const app = await host.start({
      use: [hook((exchange) => exchange.beforeEnd(() => Promise.reject(new Error('no'))))],
      handler: ({ res, seen }) => {
        ;(seen as { respond?: boolean }).respond = false
        res.write('part one')
        setTimeout(() => res.end('part two'), 20)
        return undefined
      },
    })
    const response = await app.fetch('/orders')
    await expect(response.text()).rejects.toThrow()
  })

  it('does nothing to HEAD but hold it', async () => {
    const app = await host.start({
      use: [hook((exchange) => exchange.beforeEnd(() => Promise.resolve()))],
      handler: () => ({ body: 'x' }),
    })
    const response = await app.fetch('/orders', { method: 'HEAD' })
    expect(response.status).toBe(200)
    expect(await response.text()).toBe('')
  })
})

describeHosts('onFinish', (host) => {
  it('tells the status of a response that went out', async () => {
    const outcomes: Outcome[] = []
    const app = await host.start({
      use: [hook((exchange) => exchange.onFinish((_, outcome) => outcomes.push(outcome)))],
      handler: () => ({ status: 204 }),
    })
    await app.fetch('/orders')
    await expect.poll(() => outcomes).toEqual([{ status: 204, completed: true }])
  })

  it('tells that a response was not completed when the client went away', async () => {
    const outcomes: Outcome[] = []
    const app = await host.start({
      use: [hook((exchange) => exchange.onFinish((_, outcome) => outcomes.push(outcome)))],
      handler: ({ res, seen }) => {
        ;(seen as { respond?: boolean }).respond = false
        res.statusCode = 200
        res.write('never ends')
        return undefined
      },
    })
    const client = get(`${app.origin}/orders`, (response) => {
      response.on('error', () => undefined)
      response.once('data', () => client.destroy())
    })
    client.on('error', () => undefined)
    await expect.poll(() => outcomes).toEqual([{ status: 200, completed: false }])
  })
})

describeHosts('onObject', (host) => {
  // Connect and node:http serialise nothing: there, bodies are bytes from the start.
  it(host.serialises ? 'changes the object before it is serialised' : 'leaves bytes alone', async () => {
    const app = await host.start({
      use: [
        hook((exchange) => {
          exchange.onObject((body) => ({ ...(body as object), masked: true }))
          exchange.onObject((body) => ({ ...(body as object), second: true }))
        }),
      ],
      handler: () => ({ body: { name: 'Ada' } }),
    })
    const expected = host.serialises ? { name: 'Ada', masked: true, second: true } : { name: 'Ada' }
    expect(await (await app.fetch('/orders')).json()).toEqual(expected)
  })

  it('is not asked for text', async () => {
    const app = await host.start({
      use: [hook((exchange) => exchange.onObject(() => ({ wrong: true })))],
      handler: () => ({ body: 'plain' }),
    })
    expect(await (await app.fetch('/orders')).text()).toBe('plain')
  })

  if (host.serialises) {
    it('lets nothing out when it throws', async () => {
      const app = await host.start({
        use: [
          hook((exchange) =>
            exchange.onObject(() => {
              throw coreError('ERR_GATE_FAILED')
            }),
          ),
        ],
        handler: () => ({ body: { name: 'Ada' } }),
      })
      const response = await app.fetch('/orders')
      expect(response.status).toBe(503)
      expect(await response.text()).not.toContain('Ada')
    })
  }
})

it('a hook registered after the response began is refused', async () => {
  const { express5Host } = await import('../../../test/hosts/node-hosts.ts')
  let thrown: unknown
  const app = await express5Host.start({
    use: [gate(environment(), () => undefined)],
    handler: ({ res, exchange }) => {
      res.write('begun')
      try {
        exchange?.beforeHeaders(() => undefined)
      } catch (error) {
        thrown = error
      }
      res.end()
      return undefined
    },
  })
  await app.fetch('/orders')
  expect(thrown).toMatchObject({ code: 'ERR_RESPONSE_STARTED' })
})

describeHosts('abort', (host) => {
  it('cuts off a response that goes on', async () => {
    let exchange: Exchange | undefined
    const app = await host.start({
      use: [hook((seen) => void (exchange = seen))],
      handler: ({ res, seen }) => {
        ;(seen as { respond?: boolean }).respond = false
        res.write('first')
        return undefined
      },
    })
    const reader = (await app.fetch('/orders')).body!.getReader()
    expect((await reader.read()).value).toEqual(new TextEncoder().encode('first'))
    exchange!.abort()
    await expect(reader.read()).rejects.toThrow()
  })
})
