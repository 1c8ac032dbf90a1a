import { addressKey, normaliseAddress, type EnvironmentOptions } from '@sallyport/core'
import { describe, expect, it } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { rawRequest } from '../../../test/hosts/raw-request.ts'
import { environment, gate } from './support.ts'

describeHosts('the client address', (host) => {
  const ask = async (options: EnvironmentOptions, headers: readonly string[]) => {
    const app = await host.start({
      use: [
        gate(environment(options), ({ clientAddress, origin }) => ({
          status: 200,
          body: `${clientAddress} ${origin}`,
        })),
      ],
    })
    const { body } = await rawRequest(app, { path: '/orders', headers: ['Host', 'api.test', ...headers] })
    return body
  }
  const trusting = (...more: string[]): EnvironmentOptions => ({ trustedProxies: ['127.0.0.0/8', ...more] })
  const forwarded = (...more: string[]): EnvironmentOptions => ({ ...trusting(...more), forwardedHeader: 'forwarded' })

  it('is the peer’s when no proxy is trusted, whatever the headers say', async () => {
    expect(await ask({}, ['X-Forwarded-For', '1.2.3.4', 'Forwarded', 'for=1.2.3.4'])).toBe('127.0.0.1 http://api.test')
  })

  it('is what the trusted proxy says', async () => {
    expect(await ask(trusting(), ['X-Forwarded-For', '203.0.113.9'])).toBe('203.0.113.9 http://api.test')
    expect(await ask(trusting(), ['X-Forwarded-For', '[2001:DB8::1]:4711'])).toBe('2001:db8::1 http://api.test')
    expect(await ask(trusting(), [])).toBe('127.0.0.1 http://api.test')
  })

  it('attack: what the client put before the proxy’s entry is not believed', async () => {
    expect(await ask(trusting(), ['X-Forwarded-For', '10.9.9.9, 203.0.113.9'])).toMatch(/^203\.0\.113\.9 /)
    expect(await ask(trusting(), ['X-Forwarded-For', '10.9.9.9', 'X-Forwarded-For', '203.0.113.9'])).toMatch(
      /^203\.0\.113\.9 /,
    )
  })

  it('walks through a chain of trusted proxies, and stops at the first that is not', async () => {
    const chain = ['X-Forwarded-For', '6.6.6.6, 203.0.113.9, 10.0.0.2, 10.0.0.1']
    expect(await ask(trusting('10.0.0.0/8'), chain)).toMatch(/^203\.0\.113\.9 /)
    expect(await ask(trusting('10.0.0.1'), chain)).toMatch(/^10\.0\.0\.2 /)
  })

  it('attack: an entry that is no address ends the walk at the one who reported it', async () => {
    expect(await ask(trusting('10.0.0.0/8'), ['X-Forwarded-For', '203.0.113.9, unknown, 10.0.0.1'])).toMatch(
      /^10\.0\.0\.1 /,
    )
    expect(await ask(trusting(), ['X-Forwarded-For', '9'.repeat(2000)])).toMatch(/^127\.0\.0\.1 /)
  })

  it('reads only the one header that the proxies write', async () => {
    const both = ['X-Forwarded-For', '6.6.6.6', 'Forwarded', 'for=203.0.113.9;proto=https;host=shop.test']
    expect(await ask(forwarded(), both)).toBe('203.0.113.9 https://shop.test')
    expect(await ask(trusting(), both)).toBe('6.6.6.6 http://api.test')
  })

  it('reads Forwarded as RFC 7239 writes it: quotes, ports, IPv6, several elements and lines', async () => {
    const header = [
      'Forwarded',
      'for=6.6.6.6, FOR="[2001:db8::2]:99";By=x',
      'Forwarded',
      'proto=https;for="10.0.0.1:80"',
    ]
    expect(await ask(forwarded('10.0.0.0/8'), header)).toBe('2001:db8::2 http://api.test')
    expect(await ask(forwarded(), ['Forwarded', 'for=_hidden'])).toMatch(/^127\.0\.0\.1 /)
    expect(await ask(forwarded(), ['Forwarded', 'for="203.0.113.9'])).toMatch(/^127\.0\.0\.1 /)
    expect(await ask(forwarded(), ['Forwarded', 'by="a,b;for=6.6.6.6";for=203.0.113.9'])).toMatch(/^203\.0\.113\.9 /)
  })
})

describe('addresses', () => {
  it.each([
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:0201', '192.0.2.1'],
    ['2001:DB8::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.256', ''],
    ['', ''],
  ])('%s is spelt %s', (given, spelt) => {
    expect(normaliseAddress(given)).toBe(spelt)
  })

  it.each([
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['nonsense', ''],
  ])('%s is counted under %s', (given, key) => {
    expect(addressKey(given)).toBe(key)
  })

  it('one holder of a /64 is counted once, however many addresses it uses', () => {
    const keys = new Set(Array.from({ length: 100 }, (_, n) => addressKey(`2001:db8:1:2::${n.toString(16)}:1`)))
    expect(keys.size).toBe(1)
  })
})
