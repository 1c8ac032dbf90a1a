import { randomBytes } from 'node:crypto'
import { createKeyRing, fromSession, identify, createEnvironment } from '@sallyport/core'
import { totp } from '@sallyport/mfa-gate'
import { sallyport } from 'sallyport'
import { expect, it } from 'vitest'
import { describeHosts } from '../../../../test/hosts/describe-hosts.ts'
import { ended, folder } from './support.ts'

const keyRing = createKeyRing({ keys: [{ id: 'test', key: randomBytes(32) }] })

describeHosts('the preset enterprise', (host) => {
  it('demands a second factor of whoever is logged in, and records it', async () => {
    const env = createEnvironment({ keyRing })
    const login = identify(
      (_seen, exchange) => {
        const subject = exchange.header('x-user')
        const amr = exchange.header('x-amr')?.split(' ') ?? ['pwd']
        return subject === undefined
          ? undefined
          : { subject, roles: ['viewer'], amr, sid: `s-${subject}`, authTime: Math.floor(Date.now() / 1000) }
      },
      { env },
    )
    const guard = ended(
      sallyport({
        preset: 'enterprise',
        env,
        login,
        rbac: { roles: { viewer: ['orders:read'] } },
        mfa: { factors: [totp({ issuer: 'Shop' })], require: true },
        audit: { directory: folder(), origin: 'test.example.com/audit' },
        sessions: false,
      }),
    )
    const app = await host.start({
      use: [guard],
      route: [guard.access.require('orders:read')],
      handler: () => ({ body: 'ok' }),
    })
    const ask = async (headers: Record<string, string>) => (await app.fetch('/orders', { headers })).status
    expect(await ask({})).toBe(401)
    expect(await ask({ 'x-user': 'ada' })).toBe(401)
    expect(await ask({ 'x-user': 'ada', 'x-amr': 'pwd otp mfa' })).toBe(200)
    await guard.audit.flush()
    const { records } = await guard.audit.search({})
    expect(records.map(({ type }) => type)).toEqual(expect.arrayContaining(['mfa.demanded', 'authz.decided']))
  })
})

it('sessions are there with a login, unless they are left out', () => {
  const env = createEnvironment()
  const login = identify(
    fromSession((held: { user?: string }) => (held.user ? { subject: held.user } : undefined)),
    { env },
  )
  const guard = ended(sallyport({ preset: 'web', env, login }))
  expect(guard.sessions).toBeTypeOf('function')
  const none = ended(sallyport({ env: createEnvironment(), sessions: false }))
  // @ts-expect-error left out
  expect(none.sessions).toBeUndefined()
})
