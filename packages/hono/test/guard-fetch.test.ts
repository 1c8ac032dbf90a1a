import {
  createEnvironment,
  currentExchange,
  defineMiddleware,
  exchangeOf,
  type Gate,
  type Outcome,
} from '@sallyport/core'
import { guardFetch, type FetchHandler } from '@sallyport/hono'
import { expect, it, onTestFinished } from 'vitest'

const peer = { address: '::ffff:192.0.2.7' }

function guarded(
  open: Gate,
  handler: FetchHandler = () => new Response('reached'),
): (request: Request) => Promise<Response> {
  const env = createEnvironment({ trustedProxies: ['192.0.2.0/24'], asyncContext: true })
  onTestFinished(() => env.close())
  const one = defineMiddleware({ name: 'test', environment: env, gate: open })
  const fetch = guardFetch(one, handler)
  return async (request) => fetch(request, peer)
}

const request = (path = '/orders?x=1', init: RequestInit = {}) => new Request(`https://api.example.com${path}`, init)

it('shows gates the request and the connection, and handlers who is calling', async () => {
  const fetch = guarded(
    (exchange) => {
      const { method, path, search, origin, clientAddress, peerAddress } = exchange
      exchange.setHeader('x-seen', JSON.stringify([method, path, search, origin, clientAddress, peerAddress]))
    },
    (own) => new Response(String(exchangeOf(own) === currentExchange())),
  )
  const answer = await fetch(request('/orders?x=1', { headers: { 'x-forwarded-for': '203.0.113.9' } }))
  expect(JSON.parse(answer.headers.get('x-seen')!)).toEqual([
    'GET',
    '/orders',
    'x=1',
    'https://api.example.com',
    '203.0.113.9',
    '192.0.2.7',
  ])
  expect(await answer.text()).toBe('true')
})

it('answers for a gate, refuses, and fails closed', async () => {
  const answered = await guarded(() => ({ status: 303, headers: { 'set-cookie': ['a=1', 'b=2'] } }))(request())
  expect([answered.status, answered.headers.getSetCookie()]).toEqual([303, ['a=1', 'b=2']])
  let reached = false
  const failing = guarded(
    () => Promise.reject(new Error('postgres://admin:hunter2@db')),
    () => {
      reached = true
      return new Response()
    },
  )
  const failed = await failing(request())
  expect([failed.status, reached]).toEqual([503, false])
  expect(await failed.text()).not.toContain('hunter2')
})

it('hands on what a gate has left of the request', async () => {
  const fetch = guarded(
    async (exchange) => {
      await exchange.readBody(100)
      exchange.takeHeader('if-none-match')
    },
    async (own) => Response.json([await own.text(), own.headers.get('if-none-match'), own.method]),
  )
  const headers = { 'content-type': 'application/json', 'if-none-match': '"1"' }
  const answer = await fetch(request('/', { method: 'PUT', body: '{"a":1}', headers }))
  expect(await answer.json()).toEqual(['{"a":1}', null, 'PUT'])
})

it('attack: a body without end is refused at the limit', async () => {
  let cancelled = false
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(64)),
    cancel: () => void (cancelled = true),
  })
  const fetch = guarded(async (exchange) => void (await exchange.readBody(1000)))
  const init = { method: 'POST', body, duplex: 'half', headers: { 'content-type': 'application/json' } }
  expect((await fetch(request('/', init as RequestInit))).status).toBe(413)
  expect(cancelled).toBe(true)
})

it('tells how a response ended, and cuts it off when its right to has', async () => {
  const outcomes: Outcome[] = []
  let abort: (() => void) | undefined
  const fetch = guarded(
    (exchange) => {
      abort = () => exchange.abort()
      exchange.onFinish((_, outcome) => outcomes.push(outcome))
    },
    () => new Response(new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('first')) })),
  )
  const reader = (await fetch(request())).body!.getReader()
  expect(Buffer.from((await reader.read()).value!).toString()).toBe('first')
  abort!()
  await expect(reader.read()).rejects.toThrow()
  await (await fetch(request())).body!.cancel()
  expect(outcomes).toEqual([
    { status: 200, completed: false },
    { status: 200, completed: false },
  ])
})
