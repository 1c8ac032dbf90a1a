import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { exchangeOf, identify, type Exchange } from '@sallyport/core'
import { expect, it } from 'vitest'
import { client, server } from '../../../test/hosts/certificates.ts'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { rawRequest } from '../../../test/hosts/raw-request.ts'
import { bearer, environment, gate } from './support.ts'

describeHosts('an exchange', (host) => {
  const look = (read: (exchange: Exchange) => unknown) =>
    host.start({ use: [gate(environment(), (exchange) => ({ status: 200, body: JSON.stringify(read(exchange)) }))] })

  it.each([
    ['a=1; b=2', { a: ['1'], b: ['2'] }],
    ['a=1; a=2', { a: ['1', '2'] }],
    ['a="quoted"; b=%41; c=%zz; d=x=y', { a: ['quoted'], b: ['A'], c: ['%zz'], d: ['x=y'] }],
    ['novalue; =noname; a=', { a: [''] }],
    ['__proto__=1; constructor=2', { ['__proto__']: ['1'], constructor: ['2'] }],
    [';;; ;a=1;', { a: ['1'] }],
  ])('reads the cookies of %j', async (cookie, expected) => {
    const app = await look(({ cookies }) => [...cookies])
    const { body } = await rawRequest(app, { path: '/orders', headers: { cookie } })
    expect(JSON.parse(body)).toEqual(Object.entries(expected))
  })

  it('tells each line of a header that came twice, in any case', async () => {
    const lines = await look((exchange) => [exchange.headerLines('Authorization'), exchange.header('AUTHORIZATION')])
    const { body } = await rawRequest(lines, {
      path: '/orders',
      headers: ['Host', 'x', 'authorization', 'a', 'AUTHORIZATION', 'b'],
    })
    expect(JSON.parse(body)).toEqual([['a', 'b'], 'a'])
  })

  it('takes the path of an absolute request target', async () => {
    const app = await look(({ path, search }) => [path, search])
    const { body } = await rawRequest(app, { path: 'http://other.test/orders?x=1' })
    expect(JSON.parse(body)).toEqual(['/orders', 'x=1'])
  })

  it('knows the certificate of a client that shows one, and none otherwise', async () => {
    const gates = [gate(environment(), ({ peerCertificate }) => ({ status: 200, body: told(peerCertificate) }))]
    const plain = await host.start({ use: gates })
    expect(await (await plain.fetch('/orders')).text()).toBe('none')
    const tls = await host.start({ use: gates, tls: { ...server, requestCert: true, rejectUnauthorized: false } })
    const { raw } = new X509Certificate(client.cert)
    expect(await overTls(tls.port, {})).toBe('none')
    expect(await overTls(tls.port, client)).toBe(raw.toString('base64'))
  })

  it('lets a gate replace the principal of the same account after step-up, and of no other', async () => {
    const env = environment()
    const stronger = (subject: string) =>
      gate(env, (exchange) => {
        exchange.elevate({ ...exchange.principal!, subject, acr: 'aal2', amr: ['pwd', 'otp'] })
      })
    const app = await host.start({
      use: [identify(() => bearer('ada', { amr: ['pwd'] }), { env }), stronger('ada')],
      handler: ({ principal }) => ({ body: { acr: principal?.acr } }),
    })
    expect(await (await app.fetch('/orders')).json()).toEqual({ acr: 'aal2' })
    const other = await host.start({ use: [identify(() => bearer('ada'), { env }), stronger('eve')] })
    expect((await other.fetch('/orders')).status).toBe(400)
  })

  it('is not found on a request that no gate has seen', async () => {
    const app = await host.start({ handler: ({ seen }) => ({ body: String(exchangeOf(seen)) }) })
    expect(await (await app.fetch('/orders')).text()).toBe('undefined')
  })

  it('shows nothing of the request when it is printed', async () => {
    const { inspect } = await import('node:util')
    const app = await look(
      (exchange) =>
        inspect({ exchange: { ...exchange, environment: 0 } }, { depth: 5 }) + JSON.stringify(Object.keys(exchange)),
    )
    const { body } = await rawRequest(app, { path: '/orders', headers: { authorization: 'Bearer SECRET' } })
    expect(body).not.toContain('SECRET')
  })
})

function told(certificate: Uint8Array | undefined): string {
  return certificate === undefined ? 'none' : Buffer.from(certificate).toString('base64')
}

async function overTls(port: number, credentials: object): Promise<string> {
  const options = { host: '127.0.0.1', port, path: '/orders', agent: false, rejectUnauthorized: false, ...credentials }
  const [response] = (await once(request(options).end(), 'response')) as [IncomingMessage]
  return (await response.toArray()).join('')
}
