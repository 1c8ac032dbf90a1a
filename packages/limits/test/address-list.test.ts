import { ipAllow, ipDeny } from '@sallyport/limits'
import { expect, it } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { environment } from './support.ts'

describeHosts('a list of addresses', (host) => {
  it('lets in only whom it names, or all but those', async () => {
    const env = environment({ trustedProxies: ['loopback'] })
    const ranges = ['203.0.113.0/24', '2001:db8::/32']
    const allowing = await host.start({ use: [ipAllow(ranges, { env })], handler: () => ({ body: 'ok' }) })
    const denying = await host.start({ use: [ipDeny(ranges, { env })], handler: () => ({ body: 'ok' }) })
    for (const [address, listed] of [
      ['203.0.113.7', true],
      ['203.0.114.7', false],
      ['::ffff:203.0.113.7', true],
      ['2001:db8:1::9', true],
      ['2001:db9::9', false],
    ] as const) {
      const headers = { 'x-forwarded-for': address }
      expect((await allowing.fetch('/orders', { headers })).status, address).toBe(listed ? 200 : 403)
      expect((await denying.fetch('/orders', { headers })).status, address).toBe(listed ? 403 : 200)
    }
  })

  it('attack: who is not behind a trusted proxy cannot say where he is', async () => {
    const env = environment()
    const app = await host.start({ use: [ipAllow(['203.0.113.0/24'], { env })], handler: () => ({ body: 'ok' }) })
    const response = await app.fetch('/orders', { headers: { 'x-forwarded-for': '203.0.113.7' } })
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ code: 'ERR_LIMITS_ADDRESS' })
  })

  it('stands on a route, and knows the names of ranges', async () => {
    const env = environment()
    const app = await host.start({ route: [ipAllow(['loopback'], { env })], handler: () => ({ body: 'ok' }) })
    expect((await app.fetch('/orders')).status).toBe(200)
    const other = await host.start({ route: [ipAllow(['private'], { env })], handler: () => ({ body: 'ok' }) })
    expect((await other.fetch('/orders')).status).toBe(403)
  })
})

it.each([[[]], [['10.0.0.0/33']], [['10.0.0']], [['10.0.0.0/8/8']], [['']], ['10.0.0.0/8']])(
  '%j are no ranges',
  (ranges) => {
    expect(() => ipAllow(ranges as never)).toThrow(/ipAllow: option `ranges`/)
    expect(() => ipDeny(ranges as never)).toThrow(/ipDeny: option `ranges`/)
  },
)
