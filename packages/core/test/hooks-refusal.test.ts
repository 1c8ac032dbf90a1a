import { coreError, type Exchange } from '@sallyport/core'
import { expect, it } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import type { Call } from '../../../test/hosts/host.ts'
import { environment, gate } from './support.ts'

const SECRET = 'not for you'

/** Takes the response away from a framework that would answer itself. Koa's status is 404 until something is found. */
function raw({ res, seen }: Call): Call['res'] {
  ;(seen as { respond?: boolean }).respond = false
  res.statusCode = 200
  return res
}

const refusing = (register: (exchange: Exchange) => void = () => undefined) =>
  gate(environment(), (exchange) => {
    register(exchange)
    exchange.beforeHeaders((_, status) => {
      if (status < 400) throw coreError('ERR_STORE_UNAVAILABLE')
    })
  })

describeHosts('what beforeHeaders throws', (host) => {
  it.each<[string, (call: Call) => { body: string | object } | undefined]>([
    ['as text', () => ({ body: SECRET })],
    ['as an object', () => ({ body: { note: SECRET } })],
    [
      'in chunks, by who goes on',
      (call) => {
        const res = raw(call)
        for (let i = 0; i < 3; i++) res.write(SECRET)
        res.end(SECRET)
        return undefined
      },
    ],
    [
      'with headers first',
      (call) => {
        raw(call).writeHead(200, { 'content-length': '11', etag: '"1"' }).end(SECRET)
        return undefined
      },
    ],
    [
      'after its headers',
      (call) => {
        const res = raw(call)
        res.flushHeaders()
        setTimeout(() => res.end(SECRET), 5)
        return undefined
      },
    ],
  ])('replaces a response that is given %s', async (_, handler) => {
    const app = await host.start({ use: [refusing()], handler })
    const response = await app.fetch('/orders')
    expect([response.status, response.headers.get('etag')]).toEqual([503, null])
    const text = await response.text()
    expect(text).not.toContain(SECRET)
    expect(JSON.parse(text)).toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' })
  })

  it('leaves errors and the other hooks as they are', async () => {
    const failing = await host.start({ use: [refusing()], handler: () => ({ status: 404, body: 'nothing' }) })
    expect((await failing.fetch('/orders')).status).toBe(404)
    const other = await host.start({
      use: [
        refusing((exchange) => {
          exchange.beforeHeaders((late) => late.setHeader('x-first', 'yes'))
        }),
      ],
    })
    const response = await other.fetch('/orders')
    expect([response.status, response.headers.get('x-first')]).toEqual([503, 'yes'])
  })

  it('replaces a response that a hook on its end has held', async () => {
    const app = await host.start({
      use: [refusing((exchange) => exchange.beforeEnd(() => new Promise((resolve) => void setTimeout(resolve, 5))))],
      handler: () => ({ body: SECRET }),
    })
    const response = await app.fetch('/orders')
    expect([response.status, await response.text()]).toEqual([503, expect.not.stringContaining(SECRET)])
  })

  it('does not replace a refusal of a hook on the end', async () => {
    const app = await host.start({
      use: [
        gate(environment(), (exchange) => {
          exchange.beforeHeaders(() => {
            throw new Error('late')
          })
          exchange.beforeEnd(() => {
            throw coreError('ERR_REVOKED')
          })
        }),
      ],
      handler: () => ({ body: SECRET }),
    })
    const response = await app.fetch('/orders')
    expect([response.status, await response.json()]).toMatchObject([401, { code: 'ERR_REVOKED' }])
  })
})
