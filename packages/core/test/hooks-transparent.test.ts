import { Agent, get, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Exchange } from '@sallyport/core'
import { expect, it } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import type { Call } from '../../../test/hosts/host.ts'
import { environment, gate } from './support.ts'

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Hooks that change nothing; the end is held where it says so. */
const hooks = (held: boolean, fail?: () => Promise<void>) =>
  gate(environment(), (exchange: Exchange) => {
    exchange.beforeHeaders(() => undefined)
    exchange.beforeEnd(() => (fail ? fail() : held ? tick() : undefined))
  })

function raw({ res, seen }: Call): ServerResponse {
  ;(seen as { respond?: boolean }).respond = false
  res.statusCode = 200
  return res
}

function codeOf(act: () => unknown): unknown {
  try {
    act()
    return undefined
  } catch (thrown) {
    return (thrown as { code?: string }).code
  }
}

describeHosts('a response with hooks that change nothing', (host) => {
  it.each([false, true])('is framed as writeHead has framed it (held: %s)', async (held) => {
    const app = await host.start({
      use: [hooks(held)],
      handler: (call) => {
        raw(call).writeHead(200, { 'x-app': '1' }).end('hello')
        return undefined
      },
    })
    const response = await app.fetch('/orders')
    expect([response.headers.get('transfer-encoding'), response.headers.get('content-length')]).toEqual([
      'chunked',
      null,
    ])
    expect(await response.text()).toBe('hello')
  })

  it('tells the app after writeHead that headers cannot change any more', async () => {
    const heard: unknown[] = []
    const app = await host.start({
      use: [hooks(true)],
      handler: (call) => {
        const res = raw(call)
        res.writeHead(200)
        heard.push(
          res.headersSent,
          codeOf(() => res.setHeader('x-late', '1')),
          codeOf(() => res.writeHead(500)),
        )
        res.end()
        return undefined
      },
    })
    expect((await app.fetch('/orders')).status).toBe(200)
    expect(heard).toEqual([true, 'ERR_HTTP_HEADERS_SENT', 'ERR_HTTP_HEADERS_SENT'])
  })

  it('held, does not take anything of a second answer', async () => {
    const heard: unknown[] = []
    const app = await host.start({
      use: [hooks(true)],
      handler: (call) => {
        const res = raw(call)
        res.on('error', () => undefined)
        res.setHeader('content-length', 5)
        res.end('first')
        heard.push(
          res.headersSent,
          res.writableEnded,
          codeOf(() => res.setHeader('content-length', 13)),
        )
        res.statusCode = 500
        res.end('second, longer')
        return undefined
      },
    })
    const response = await app.fetch('/orders')
    expect([response.status, await response.text()]).toEqual([200, 'first'])
    expect(heard).toEqual([true, true, 'ERR_HTTP_HEADERS_SENT'])
  })

  it('held, still goes out when the app fails after its end and the framework ends the connection', async () => {
    const app = await host.start({
      use: [hooks(true)],
      handler: (call) => {
        raw(call).end('answered')
        call.req.socket.destroy()
        return undefined
      },
    })
    const response = await app.fetch('/orders')
    expect([response.status, await response.text()]).toEqual([200, 'answered'])
  })

  it.each([false, true])('may be given after a first attempt that Node has refused (held: %s)', async (held) => {
    const heard: unknown[] = []
    const app = await host.start({
      use: [hooks(held)],
      handler: (call) => {
        const res = raw(call)
        heard.push(codeOf(() => res.end(7 as never)))
        res.statusCode = 7000
        heard.push(codeOf(() => res.end('x')))
        res.statusCode = 500
        res.end('recovered')
        return undefined
      },
    })
    const response = await app.fetch('/orders')
    expect([response.status, await response.text()]).toEqual([500, 'recovered'])
    expect(heard).toEqual(['ERR_INVALID_ARG_TYPE', 'ERR_HTTP_INVALID_STATUS_CODE'])
  })

  it('is whole when a server that closes waits for it', async () => {
    let release!: () => void
    const held = new Promise<void>((resolve) => (release = resolve))
    let server: { close(): unknown } | undefined
    const app = await host.start({
      use: [hooks(true, () => held)],
      handler: ({ req }) => {
        server = (req.socket as unknown as { server: { close(): unknown } }).server
        return { body: 'kept' }
      },
    })
    const answer = app.fetch('/orders')
    await expect.poll(() => server).toBeDefined()
    await tick()
    server!.close()
    release()
    expect(await (await answer).text()).toBe('kept')
  })

  it('is replaced without a trace where the app has written its header already', async () => {
    const app = await host.start({
      use: [hooks(true, () => tick().then(() => Promise.reject(new Error('disk full'))))],
      handler: (call) => {
        raw(call).writeHead(204, { 'x-cors': 'kept', etag: '"1"' }).end()
        return undefined
      },
    })
    for (let i = 0; i < 2; i++) {
      const response = await app.fetch('/orders')
      expect([response.status, response.headers.get('x-cors'), response.headers.get('etag')]).toEqual([
        503,
        'kept',
        null,
      ])
      expect(response.headers.get('transfer-encoding')).toBeNull()
      expect(await response.json()).toMatchObject({ code: 'ERR_GATE_FAILED' })
    }
  })

  it('leaves nothing behind on a connection that goes on', async () => {
    let socket: Socket | undefined
    const counts: unknown[] = []
    const count = (): void => {
      counts.push([
        Object.keys(socket!).includes('destroy'),
        ...socket!.eventNames().map((n) => socket!.listenerCount(n)),
      ])
    }
    const app = await host.start({
      use: [hooks(true)],
      handler: ({ req }) => {
        socket ??= req.socket
        expect(req.socket).toBe(socket)
        count()
        return { body: 'again' }
      },
    })
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (let i = 0; i < 30; i++) {
      await new Promise<void>((resolve, reject) => {
        get(`${app.origin}/orders`, { agent }, (response) => response.resume().once('end', resolve)).once(
          'error',
          reject,
        )
      })
    }
    agent.destroy()
    expect(counts).toHaveLength(30)
    expect(counts.slice(2)).toEqual(counts.slice(2).map(() => counts[1]))
  })

  it('that nobody waits for any more is let go when its hold ends', async () => {
    let release!: () => void
    const held = new Promise<void>((resolve) => (release = resolve))
    const outcomes: boolean[] = []
    const app = await host.start({
      use: [
        gate(environment(), (exchange) => {
          exchange.beforeEnd(() => held)
          exchange.onFinish((_, { completed }) => outcomes.push(completed))
        }),
      ],
      handler: ({ res }) => {
        setImmediate(() => client.destroy())
        res.once('close', () => release())
        return { body: 'too late' }
      },
    })
    const client = get(`${app.origin}/orders`).on('error', () => undefined)
    await expect.poll(() => outcomes).toEqual([false])
    // The server goes on.
    const next = get(`${app.origin}/none`)
    await new Promise<void>((resolve) => next.once('response', (response) => response.resume().once('end', resolve)))
  })
})
