import { coreError, SecurityError } from '@sallyport/core'
import { expect, it } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import type { Native } from '../../../test/hosts/host.ts'
import { environment, gate } from './support.ts'

describeHosts('problemDetails()', (host) => {
  it('answers application/problem+json (RFC 9457) that no cache keeps', async () => {
    const app = await host.start({
      use: [
        gate(environment(), () => {
          throw coreError('ERR_CROSS_ORIGIN')
        }),
      ],
    })
    const response = await app.fetch('/orders')
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toMatchObject({
      type: 'about:blank',
      title: 'Forbidden',
      status: 403,
      code: 'ERR_CROSS_ORIGIN',
    })
  })

  it('tells no detail of what is our own trouble', async () => {
    const app = await host.start({
      use: [
        gate(environment(), () => {
          throw coreError('ERR_PORT_ABSENT', { message: 'internals' })
        }),
      ],
    })
    expect(await (await app.fetch('/orders')).json()).toEqual({
      type: 'about:blank',
      title: 'Internal Server Error',
      status: 500,
      code: 'ERR_PORT_ABSENT',
    })
  })

  it('keeps headers that were set before the refusal', async () => {
    const early: Native = {
      node(_req, res, next) {
        res.setHeader('access-control-allow-origin', 'https://spa.test')
        next()
      },
      koa(ctx, next) {
        ctx.set('access-control-allow-origin', 'https://spa.test')
        return next()
      },
    }
    const app = await host.start({
      use: [
        early,
        gate(environment(), () => {
          throw coreError('ERR_UNAUTHENTICATED')
        }),
      ],
    })
    expect((await app.fetch('/orders')).headers.get('access-control-allow-origin')).toBe('https://spa.test')
  })

  it("leaves the app's own errors to the app", async () => {
    const app = await host.start({
      use: [gate(environment(), () => undefined)],
      handler: () => {
        throw Object.assign(new Error('tea'), { status: 418, expose: true })
      },
    })
    const response = await app.fetch('/orders')
    expect(response.headers.get('content-type')).not.toBe('application/problem+json')
    expect(response.status).toBe(host.errorStatus)
  })
})

it('a SecurityError of another copy of the package is known by its brand', () => {
  class Foreign extends Error {
    readonly code = 'ERR_FOREIGN'
  }
  Object.defineProperty(Foreign.prototype, Symbol.for('sallyport.error'), { value: true })
  expect(SecurityError.is(new Foreign())).toBe(true)
  expect(SecurityError.is(Object.assign(new Error('x'), { code: 'ERR_OPTION' }))).toBe(false)
  expect(SecurityError.is(null)).toBe(false)
})
