import { createEnvironment, identify, type ForwardedHeader } from '@sallyport/core'
import { expect, it, onTestFinished } from 'vitest'
import { httpHost } from '../hosts/node-hosts.ts'
import { startSubject } from './subject.ts'
import { clerk } from './tokens.ts'
import { WireClient, type WireRequest } from './wire.ts'

// What fuzzing has found, each as the request that showed it.

const request = (headers: WireRequest['headers'], method = 'GET'): WireRequest => ({
  method,
  target: '/orders',
  headers,
})

it.each(['\u00a0token', 'token\u00a0'])('attack: the cookie %j passes for the cookie `token`', async (name) => {
  const { ask } = await startSubject(httpHost)
  const { reached } = await ask(
    request([
      ['Host', 'app.test'],
      ['Cookie', `${name}=${clerk}`],
    ]),
  )
  expect(reached).toBe(false)
})

it.each(['[', 'a b', '%'])(
  'attack: no origin, and a host %j that has none either, pass for the same origin',
  async (host) => {
    const { ask } = await startSubject(httpHost)
    const headers = [
      ['Host', host],
      ['Origin', 'null'],
      ['Cookie', `token=${clerk}`],
    ] as const
    const { status, reached } = await ask(request(headers, 'POST'))
    expect([status, reached]).toEqual([403, false])
  },
)

it('headers of a gateway from anybody else: the 401 has a challenge (RFC 9110, section 15.5.2)', async () => {
  const { ask } = await startSubject(httpHost)
  const { status, text } = await ask(
    request([
      ['Host', 'app.test'],
      ['X-User', 'alice'],
    ]),
  )
  expect(status).toBe(401)
  expect(text).toMatch(/\r\nwww-authenticate: \S/i)
})

/** The client's address as an app behind a proxy on this machine sees it. */
async function seenAddress(forwardedHeader: ForwardedHeader, headers: WireRequest['headers']): Promise<string> {
  const env = createEnvironment({ trustedProxies: ['loopback'], forwardedHeader })
  onTestFinished(() => env.close())
  const app = await httpHost.start({
    use: [identify(() => undefined, { env })],
    handler: ({ exchange }) => ({ body: exchange!.clientAddress }),
  })
  const client = new WireClient(app.port)
  onTestFinished(() => client.close())
  const { text } = await client.ask(request([['Host', 'app.test'], ...headers]))
  return text.slice(text.indexOf('\r\n\r\n') + 4).replaceAll(/^[\da-f]+\r\n|\r\n0\r\n\r\n$/g, '')
}

it.each([
  ['in the same line', [['Forwarded', 'for=6.6.6.6;x=", for=192.0.2.7']]],
  [
    'in a line of its own',
    [
      ['Forwarded', 'for=6.6.6.6;x="'],
      ['Forwarded', 'for=192.0.2.7'],
    ],
  ],
  [
    'in quotes',
    [
      ['Forwarded', 'for=6.6.6.6;x="'],
      ['Forwarded', 'for="192.0.2.7:4711"'],
    ],
  ],
  [
    'after a backslash',
    [
      ['Forwarded', 'for=6.6.6.6;x="\\'],
      ['Forwarded', 'for=192.0.2.7'],
    ],
  ],
] as const)('attack: a quote that the client opens swallows what the proxy adds %s', async (_where, headers) => {
  expect(['192.0.2.7', '127.0.0.1']).toContain(await seenAddress('forwarded', headers))
})
