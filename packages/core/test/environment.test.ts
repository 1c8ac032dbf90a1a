import {
  createEnvironment,
  defaultEnvironment,
  defineMiddleware,
  identify,
  onSecurityEvent,
  type SecurityEvent,
} from '@sallyport/core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { express5Host } from '../../../test/hosts/node-hosts.ts'
import { bearer, environment, gate } from './support.ts'

describeHosts('environments', (host) => {
  it('two apps of one process with two environments never mix', async () => {
    const now = Math.floor(Date.now() / 1000)
    const [a, b] = [environment(), environment()]
    const login = () => bearer('ada', { sid: 's1' })
    const first = await host.start({ use: [identify(login, { env: a })] })
    const second = await host.start({ use: [identify(login, { env: b })] })
    const seen: SecurityEvent[] = []
    onTestFinished(onSecurityEvent((event) => seen.push(event), { env: a }))
    await a.revocations.revoke({ kind: 'session', issuer: 'local', id: 's1', expiresAt: now + 60, reason: 'logout' })
    expect((await first.fetch('/orders')).status).toBe(401)
    expect((await second.fetch('/orders')).status).toBe(200)
    expect(seen.map((event) => event.type)).toEqual(['revocation.recorded', 'gate.refused'])
    expect(seen.every((event) => event.environment === a)).toBe(true)
  })

  it('two environments on one request are an error, never a pass', async () => {
    let reached = false
    const app = await host.start({
      use: [gate(environment(), () => undefined, 'first'), gate(environment(), () => undefined, 'second')],
      handler: () => {
        reached = true
        return {}
      },
    })
    const response = await app.fetch('/orders')
    expect(response.status).toBe(500)
    expect(await response.json()).toMatchObject({ code: 'ERR_ENVIRONMENT_CONFLICT' })
    expect(reached).toBe(false)
  })

  it('a closed environment lets nobody in', async () => {
    const env = createEnvironment()
    const app = await host.start({ use: [gate(env, () => undefined)] })
    expect((await app.fetch('/orders')).status).toBe(200)
    await env.close()
    const response = await app.fetch('/orders')
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ code: 'ERR_ENVIRONMENT_CLOSED' })
  })
})

describe('createEnvironment()', () => {
  it('closes what hangs on it in reverse order, once, and tells the first failure', async () => {
    const order: string[] = []
    const env = createEnvironment()
    env.onClose(() => void order.push('first'))
    env.onClose(() => {
      order.push('second')
      throw new Error('will not close')
    })
    await expect(env.close()).rejects.toThrow('will not close')
    await expect(env.close()).rejects.toThrow('will not close')
    expect(order).toEqual(['second', 'first'])
    await expect(env.store.get({ partition: 'p', id: 'x' })).rejects.toMatchObject({ status: 503 })
  })

  it('is refused by factories once it is closed', async () => {
    const env = createEnvironment()
    await env.close()
    expect(() => identify(() => undefined, { env })).toThrow(
      expect.objectContaining({ code: 'ERR_ENVIRONMENT_CLOSED' }),
    )
  })

  it.each([
    [{ trustedProxy: ['10.0.0.1'] }, /unknown option `trustedProxy` \(did you mean `trustedProxies`\?\)/],
    [{ trustedProxies: ['10.0.0.0/33'] }, /'10\.0\.0\.0\/33'; accepted are addresses, CIDR ranges/],
    [{ trustedProxies: ['proxy.internal'] }, /'proxy\.internal'/],
    [{ trustedProxies: true }, /option `trustedProxies` was true; accepted is a list/],
    [{ allowedOrigins: ['https://spa.test/'] }, /option `allowedOrigins` .* accepted is a list of origins/],
    [{ forwardedHeader: 'x-real-ip' }, /'x-forwarded-for' or 'forwarded'/],
    [{ storeDeadline: 0 }, /option `storeDeadline` was 0; accepted is a number of milliseconds from 1/],
    [{ store: {} }, /option `store`/],
  ])('refuses %j and says what is accepted', (options, message) => {
    expect(() => createEnvironment(options as never)).toThrow(message)
  })
})

describe('the default environment', () => {
  it('is one for the process, and made anew after it was closed', async () => {
    const first = defaultEnvironment()
    expect(defaultEnvironment()).toBe(first)
    await first.close()
    const second = defaultEnvironment()
    expect(second).not.toBe(first)
    onTestFinished(() => second.close())
  })

  it('is what factories share that are given none', async () => {
    onTestFinished(() => defaultEnvironment().close())
    const app = await express5Host.start({
      use: [identify(() => bearer('ada', { sid: 's9' }))],
      route: [defineMiddleware({ name: 'other', environment: defaultEnvironment(), gate: () => undefined })],
    })
    expect((await app.fetch('/orders')).status).toBe(200)
    const expiresAt = Math.floor(Date.now() / 1000) + 60
    await defaultEnvironment().revocations.revoke({
      kind: 'session',
      issuer: 'local',
      id: 's9',
      expiresAt,
      reason: 'logout',
    })
    expect((await app.fetch('/orders')).status).toBe(401)
  })
})

it('keeps no process alive: a program that only made an environment ends', async () => {
  const { execFile } = await import('node:child_process')
  const { promisify } = await import('node:util')
  const program = `
    import { createEnvironment } from '@sallyport/core'
    const env = createEnvironment()
    await env.revocations.ready()
    console.log('ready')`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
    cwd: import.meta.dirname,
    timeout: 20_000,
  })
  expect(stdout.trim()).toBe('ready')
})
