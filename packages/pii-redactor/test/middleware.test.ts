import { createEnvironment } from '@sallyport/core'
import { captureEvents, signIn, testPrincipal } from '@sallyport/core/testing'
import { brotliDecompressSync, brotliCompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { bodyParser } from '../../../test/hosts/natives.ts'
import { rawRequest } from '../../../test/hosts/raw-request.ts'
import { piiRedactor } from '@sallyport/pii-redactor'

const CARD = '4111 1111 1111 1111'

describeHosts('piiRedactor', (host) => {
  it('redacts an object before it is serialised, with length, validator and HEAD of what is sent', async () => {
    const pii = piiRedactor({ env: createEnvironment() })
    const body = { id: 7, email: 'ada@example.com', notes: [`card ${CARD}`], password: 'x' }
    const app = await host.start({ use: [pii], handler: () => ({ body }) })
    const response = await app.fetch('/orders')
    const text = await response.text()
    expect(JSON.parse(text)).toEqual({ id: 7, email: '[EMAIL]', notes: ['card [CARD]'], password: '[SECRET]' })
    expect(response.headers.get('content-length') ?? String(text.length)).toBe(String(text.length))
    const head = await app.fetch('/orders', { method: 'HEAD' })
    expect(head.headers.get('etag')).toBe(response.headers.get('etag'))
    expect([null, String(text.length)]).toContain(head.headers.get('content-length'))
    expect(body.email).toBe('ada@example.com')
  })

  it.each([
    ['text/plain', `call ada@example.com or pay ${CARD}`, 'call [EMAIL] or pay [CARD]'],
    ['text/html; charset=utf-8', `<p>ünï ada@example.com</p>`, '<p>ünï [EMAIL]</p>'],
    [
      'application/json',
      '{"a":{"ssn":"x"},"b":"ada\\u0040example.com"}',
      '{"a":{"ssn":"[NATIONAL_ID]"},"b":"[EMAIL]"}',
    ],
    ['application/x-ndjson', '{"token":"t1"}\n{"token":"t2"}\n', '{"token":"[SECRET]"}\n{"token":"[SECRET]"}\n'],
    ['application/x-www-form-urlencoded', 'email=a%40b.com&n=1', 'email=%5BEMAIL%5D&n=1'],
    ['text/event-stream', 'data: {"phone":"1"}\n\n', 'data: {"phone":"[PHONE]"}\n\n'],
    ['text/csv', 'mail,x\nada@example.com,1\n', 'mail,x\n[EMAIL],1\n'],
  ])('redacts %s', async (type, body, wanted) => {
    const pii = piiRedactor({ env: createEnvironment() })
    const app = await host.start({ use: [pii], handler: () => ({ headers: { 'content-type': type }, body }) })
    const response = await app.fetch('/orders')
    expect(await response.text()).toBe(wanted)
    expect(response.headers.get('content-length') ?? String(Buffer.byteLength(wanted))).toBe(
      String(Buffer.byteLength(wanted)),
    )
  })

  it('redacts bytes as they stream, however they are cut', async () => {
    const pii = piiRedactor({ env: createEnvironment() })
    const bytes = Buffer.from(`für ada@example.com, ${CARD} und mehr\n`.repeat(50))
    const app = await host.start({
      use: [pii],
      handler: ({ res, seen }) => {
        if (host.kind === 'koa') (seen as { respond: boolean }).respond = false
        res.setHeader('content-type', 'text/plain')
        res.setHeader('content-length', bytes.length)
        for (let i = 0; i < bytes.length; i += 13) res.write(bytes.subarray(i, i + 13))
        res.end()
        return undefined
      },
    })
    expect(await (await app.fetch('/orders')).text()).toBe(`für [EMAIL], [CARD] und mehr\n`.repeat(50))
  })

  it.each([
    ['gzip', gzipSync, gunzipSync],
    ['br', brotliCompressSync, brotliDecompressSync],
  ])('redacts what the app has compressed by %s', async (encoding, compress, decompress) => {
    const pii = piiRedactor({ env: createEnvironment() })
    const app = await host.start({
      use: [pii],
      handler: ({ res, seen }) => {
        if (host.kind === 'koa') (seen as { respond: boolean }).respond = false
        res.setHeader('content-type', 'application/json')
        res.setHeader('content-encoding', encoding)
        const bytes = compress(Buffer.from('{"email":"ada@example.com"}'))
        res.write(bytes.subarray(0, 9))
        res.end(bytes.subarray(9))
        return undefined
      },
    })
    const { port } = app
    const { body } = await new Promise<{ body: Buffer }>((resolve, reject) => {
      void import('node:http').then(({ get }) =>
        get({ port, path: '/orders', agent: false }, (incoming) => {
          const parts: Buffer[] = []
          incoming.on('data', (part: Buffer) => parts.push(part))
          incoming.on('end', () => resolve({ body: Buffer.concat(parts) }))
        }).on('error', reject),
      )
    })
    expect(decompress(body).toString()).toBe('{"email":"[EMAIL]"}')
  })

  it('refuses an encoding that it cannot read', async () => {
    const pii = piiRedactor({ env: createEnvironment() })
    const app = await host.start({
      use: [pii],
      handler: () => ({
        headers: { 'content-type': 'text/plain', 'content-encoding': 'secret' },
        body: 'ada@example.com',
      }),
    })
    const response = await rawRequest(app, { path: '/orders' })
    expect(response.status).toBe(500)
    expect(response.body).not.toContain('ada@')
  })

  it('passes what is no text', async () => {
    const pii = piiRedactor({ env: createEnvironment() })
    const app = await host.start({
      use: [pii],
      handler: () => ({ headers: { 'content-type': 'image/png' }, body: 'ada@example.com' }),
    })
    expect(await (await app.fetch('/orders')).text()).toBe('ada@example.com')
  })

  it('shows all to whoever may see it, and lets nobody else keep it', async () => {
    const env = createEnvironment()
    env.ports.offer('can', (principal, permission) => principal.roles.includes('billing') && permission === 'pii:read')
    const pii = piiRedactor({ env, unmask: 'pii:read', responses: { CARD: 'mask' } })
    let roles = ['billing']
    const app = await host.start({
      use: [signIn(() => testPrincipal({ roles }), { env }), pii],
      handler: () => ({ headers: { 'cache-control': 'public, max-age=60' }, body: { card: CARD } }),
    })
    const all = await app.fetch('/orders')
    expect(await all.json()).toEqual({ card: CARD })
    expect(all.headers.get('cache-control')).toBe('private, max-age=60')
    expect(all.headers.get('vary')).toMatch(/authorization, cookie/i)
    roles = ['support']
    const masked = await app.fetch('/orders')
    expect(await masked.json()).toEqual({ card: '**** **** **** 1111' })
    expect(masked.headers.get('cache-control')).toBe('private, max-age=60')
  })

  it('redacts bodies of requests where that is wanted', async () => {
    const env = createEnvironment()
    const seen: unknown[] = []
    const app = await host.start({
      use: [bodyParser(), piiRedactor({ env, requests: true })],
      method: 'POST',
      handler: async ({ exchange }) => {
        seen.push((await exchange!.readBody(1000)).value)
        return { body: 'ok' }
      },
    })
    await app.fetch('/orders', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"mail":"ada@example.com"}',
    })
    expect(seen).toEqual([{ mail: '[EMAIL]' }])
  })

  it('only reports which route gives what away', async () => {
    const env = createEnvironment()
    using events = captureEvents(env)
    const app = await host.start({
      use: [piiRedactor({ env, reportOnly: true })],
      handler: () => ({ body: { email: 'ada@example.com' } }),
    })
    expect(await (await app.fetch('/orders')).json()).toEqual({ email: 'ada@example.com' })
    expect(events.of('pii.leaked').map(({ detail }) => detail)).toEqual([
      { method: 'GET', route: '/orders', counts: { EMAIL: 1 } },
    ])
    expect(JSON.stringify(events.all)).not.toContain('ada@')
  })
})

describeHosts('attacks on piiRedactor: ', (host) => {
  it.each(['object', 'text'])('a guess at masked digits is not confirmed by a validator: %s', async (kind) => {
    const pii = piiRedactor({ env: createEnvironment() })
    const whole = kind === 'object' ? { card: CARD } : `card ${CARD}`
    // The validators that the app, without us, gives the body as it is.
    const bare = await host.start({ handler: () => ({ body: whole }) })
    const guess = (await bare.fetch('/orders')).headers.get('etag') ?? '"of-the-whole"'
    const app = await host.start({
      use: [pii],
      handler: () => ({ headers: kind === 'text' ? { etag: guess, 'content-type': 'text/plain' } : {}, body: whole }),
    })
    const response = await app.fetch('/orders', { headers: { 'if-none-match': guess } })
    expect(response.status).toBe(200)
    expect(response.headers.get('etag')).not.toBe(guess)
    const own = response.headers.get('etag')
    if (own !== null) {
      const again = await app.fetch('/orders', { headers: { 'if-none-match': own } })
      expect(again.status).toBe(304)
      expect(await again.text()).toBe('')
    }
    const head = await app.fetch('/orders', { method: 'HEAD', headers: { 'if-none-match': guess } })
    expect(head.status).toBe(200)
    expect(head.headers.get('etag')).not.toBe(guess)
  })

  it('a part of an answer is not given out of the midst of a value', async () => {
    const app = await host.start({
      use: [piiRedactor({ env: createEnvironment() })],
      handler: ({ req }) => ({ body: `range ${req.headers.range ?? 'none'}` }),
    })
    expect(await (await app.fetch('/orders', { headers: { range: 'bytes=4-' } })).text()).toBe('range none')
  })
})

describe('the middleware', () => {
  it('says what it is', () => {
    const pii = piiRedactor({ env: createEnvironment() })
    expect(pii.name).toBe('piiRedactor')
  })
})
