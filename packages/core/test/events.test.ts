import { channel } from 'node:diagnostics_channel'
import { inspect } from 'node:util'
import { coreError, identify, onSecurityEvent, SECURITY_EVENT_CHANNEL, type SecurityEvent } from '@sallyport/core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { bearer, environment, gate } from './support.ts'

function listen(env: ReturnType<typeof environment>, listener: (event: SecurityEvent) => void): void {
  onTestFinished(onSecurityEvent(listener, { env }))
}

describeHosts('security events', (host) => {
  it('tell who was accepted and who was refused, where, by which gate', async () => {
    const env = environment()
    const seen: SecurityEvent[] = []
    listen(env, (event) => seen.push(event))
    const app = await host.start({
      use: [identify(() => bearer('ada', { tenant: 't', sid: 's' }), { env })],
      route: [
        gate(
          env,
          () => {
            throw coreError('ERR_CROSS_ORIGIN')
          },
          'closed-door',
        ),
      ],
    })
    await app.fetch('/orders?token=secret', { headers: { authorization: 'Bearer secret' } })
    expect(JSON.parse(JSON.stringify(seen))).toEqual([
      {
        version: 1,
        type: 'authn.accepted',
        time: expect.any(Number),
        request: { method: 'GET', path: '/orders', clientAddress: '127.0.0.1' },
        account: { issuer: 'local', tenant: 't', subject: 'ada', sid: 's' },
        detail: { by: 'identify', credential: 'bearer' },
      },
      {
        version: 1,
        type: 'gate.refused',
        time: expect.any(Number),
        request: { method: 'GET', path: '/orders', clientAddress: '127.0.0.1' },
        account: { issuer: 'local', tenant: 't', subject: 'ada', sid: 's' },
        detail: { gate: 'closed-door', code: 'ERR_CROSS_ORIGIN', status: 403, reportOnly: false },
      },
    ])
    expect(seen[1]?.environment).toBe(env)
    expect(seen[1]?.exchange?.method).toBe('GET')
    expect(inspect(seen, { depth: 9, showHidden: true })).not.toContain('secret')
  })

  it('hold the response with waitUntil until it is settled', async () => {
    const env = environment()
    let release!: () => void
    listen(env, (event) => event.waitUntil(new Promise<void>((resolve) => (release = resolve))))
    let reached = false
    const app = await host.start({
      use: [identify(() => bearer('ada'), { env })],
      handler: () => {
        reached = true
        return {}
      },
    })
    const answer = app.fetch('/orders')
    await expect.poll(() => release).toBeTypeOf('function')
    expect(reached).toBe(false)
    release()
    expect((await answer).status).toBe(200)
  })

  it('refuse the request with 503 when what they wait for is rejected: an acceptance and a refusal alike', async () => {
    const env = environment()
    listen(env, (event) => {
      event.waitUntil(Promise.reject(new Error('disk full at /secret')))
      event.waitUntil(Promise.reject(new Error('and another')))
    })
    const app = await host.start({ use: [identify(() => bearer('ada'), { env })] })
    const accepted = await app.fetch('/orders')
    expect(accepted.status).toBe(503)
    expect(await accepted.text()).not.toContain('disk')
    const refusing = await host.start({
      use: [
        gate(env, () => {
          throw coreError('ERR_UNAUTHENTICATED')
        }),
      ],
    })
    expect((await refusing.fetch('/orders')).status).toBe(503)
  })

  it('isolate a listener that throws from the request and from other listeners', async () => {
    const env = environment()
    const warnings: string[] = []
    const warned = (warning: Error): void => void warnings.push(`${warning.name} ${warning.message}`)
    process.on('warning', warned)
    onTestFinished(() => void process.off('warning', warned))
    let heard = 0
    listen(env, () => {
      throw new Error('password hunter2')
    })
    listen(env, () => void heard++)
    const app = await host.start({ use: [identify(() => bearer('ada'), { env })] })
    expect((await app.fetch('/orders')).status).toBe(200)
    expect((await app.fetch('/orders')).status).toBe(200)
    expect(heard).toBe(2)
    await expect.poll(() => warnings.filter((text) => text.startsWith('SallyportWarning'))).toHaveLength(1)
    expect(warnings.join()).not.toContain('hunter2')
  })
})

describe('publish()', () => {
  it('is synchronous when nobody waits, and nothing at all when nobody listens', () => {
    const env = environment()
    const detail = { kind: 'token', reason: 'x' } as const
    expect(env.listening).toBe(false)
    expect(env.publish('revocation.recorded', detail)).toBeUndefined()
    listen(env, () => undefined)
    expect(env.listening).toBe(true)
    expect(env.publish('revocation.recorded', detail)).toBeUndefined()
  })

  it('is heard on the plain diagnostics channel too', () => {
    const env = environment()
    const heard: unknown[] = []
    const receive = (message: unknown): void => void heard.push((message as SecurityEvent).type)
    channel(SECURITY_EVENT_CHANNEL).subscribe(receive)
    onTestFinished(() => void channel(SECURITY_EVENT_CHANNEL).unsubscribe(receive))
    void env.publish('revocation.recorded', { kind: 'token', reason: 'x' })
    expect(heard).toEqual(['revocation.recorded'])
  })

  it('refuses waitUntil after the delivery: it would hold nothing', () => {
    const env = environment()
    let late: SecurityEvent | undefined
    listen(env, (event) => (late = event))
    void env.publish('revocation.recorded', { kind: 'token', reason: 'x' })
    expect(() => late?.waitUntil(Promise.resolve())).toThrow(/after the event/)
  })
})
