import { exchangeOf, identify, type Exchange } from '@sallyport/core'
import { expect, it } from 'vitest'
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
