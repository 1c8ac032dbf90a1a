import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createEnvironment } from '@sallyport/core'
import { makeTestKey } from '@sallyport/jwt-auth/testing'
import { sessionTracker } from '@sallyport/session-tracker'
import { backChannelLogout } from '@sallyport/session-tracker/federation'
import { expect, it, onTestFinished } from 'vitest'
import { koa3Host } from '../hosts/koa-hosts.ts'
import { express5Host } from '../hosts/node-hosts.ts'
import { MemoryAdapter } from './provider.ts'

/** What oidc-provider does for a client when somebody logs out there. */
interface LoggingOut {
  backchannelLogout(subject: string, sid: string): Promise<void>
}

/** oidc-provider, with one client that is told of logouts. */
async function startProvider() {
  ;(URL as { parse?: unknown }).parse ??= (url: string, base?: string) =>
    URL.canParse(url, base) ? new URL(url, base) : null
  const { default: Provider } = await import('oidc-provider')
  let handle: (req: IncomingMessage, res: ServerResponse) => void = (_req, res) => void res.destroy()
  const server = createServer((req, res) => handle(req, res)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const key = makeTestKey('ES256')
  const provider = new Provider(issuer, {
    adapter: MemoryAdapter,
    clients: [
      {
        ...{ client_id: 'shop', client_secret: 'secret', redirect_uris: ['http://127.0.0.1/callback'] },
        ...{ id_token_signed_response_alg: 'ES256', backchannel_logout_uri: 'http://127.0.0.1:9/' },
        backchannel_logout_session_required: true,
      },
    ],
    cookies: { keys: ['a key for tests only'] },
    jwks: { keys: [{ ...key.privateKey.export({ format: 'jwk' }), kid: key.kid, use: 'sig', alg: 'ES256' } as never] },
    features: { backchannelLogout: { enabled: true }, devInteractions: { enabled: false } },
    // Its own one refuses addresses of this machine.
    fetch(url: string, options: RequestInit & { dispatcher?: unknown }) {
      const { dispatcher: _, ...init } = options
      return fetch(url, init)
    },
  } as never)
  handle = provider.callback()
  return { issuer, client: async () => (await provider.Client.find('shop')) as unknown as LoggingOut }
}

it.each([express5Host, koa3Host].map((host) => [host.name, host] as const))(
  'a logout at oidc-provider ends the session on %s',
  async (_name, host) => {
    const env = createEnvironment()
    onTestFinished(() => env.close())
    const sessions = sessionTracker({ env, cookie: true })
    const { issuer, client } = await startProvider()
    const app = await host.start({
      use: [sessions, backChannelLogout({ sessions, issuer, clientId: 'shop', keys: `${issuer}/jwks` })],
      async handler({ seen, exchange }) {
        const sid = new URLSearchParams(exchange!.search).get('sid')!
        await sessions.track(seen, { subject: 'ada' }, { upstream: { issuer, sid, subject: 'alice' } })
        return { body: 'in' }
      },
    })
    const shop = await client()
    // Where it is told is known only now.
    Object.assign(shop, { backchannelLogoutUri: `${app.origin}/backchannel-logout` })
    for (const sid of ['op-1', 'op-2']) {
      await app.fetch(`/orders?sid=${sid}`, { headers: { 'sec-fetch-site': 'same-origin' } })
    }
    const ada = { issuer: 'local', subject: 'ada' }
    expect(await sessions.list(ada)).toHaveLength(2)
    await shop.backchannelLogout('alice', 'op-1')
    expect(await sessions.list(ada)).toHaveLength(1)
    await shop.backchannelLogout('alice', 'op-2')
    expect(await sessions.list(ada)).toEqual([])
  },
)
