import { identify } from '@sallyport/core'
import { createTestClock, signIn, testPrincipal } from '@sallyport/core/testing'
import { describe, expect, it } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { codeOf, environment, everythingIn, keyRing, recordsOf, scene } from './support.ts'

describe('record()', () => {
  it('answers with the place of the record once the disk has it', async () => {
    const { audit, records } = scene()
    const receipts = await Promise.all([1, 2, 3].map((n) => audit.record({ type: 'invoice.approved', detail: { n } })))
    expect(receipts).toEqual([0, 1, 2].map((index) => ({ index, durable: true })))
    expect((await records()).map(({ detail }) => detail)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }])
  })

  it('says that it does not wait for the disk where it was told not to', async () => {
    const { audit } = scene({ sync: false })
    expect(await audit.record({ type: 'data.read' })).toEqual({ index: 0, durable: false })
  })

  it('records what, when in UTC, on what, with which outcome and why', async () => {
    const clock = createTestClock(Date.UTC(2026, 10, 27, 12))
    const { audit, records } = scene({}, { clock })
    await audit.record({
      type: 'data.deleted',
      outcome: 'denied',
      reason: 'locked',
      resource: { type: 'order', id: '17' },
      actor: { issuer: 'https://id.example.com/', tenant: 'acme', subject: 'ada' },
      about: { subject: 'bob' },
      personal: { email: 'bob@example.com' },
      detail: { rows: 3 },
    })
    expect(await records()).toEqual([
      {
        index: 0,
        time: '2026-11-27T12:00:00.000Z',
        type: 'data.deleted',
        outcome: 'denied',
        reason: 'locked',
        tenant: 'acme',
        resource: { type: 'order', id: '17' },
        detail: { rows: 3 },
        actor: { ref: expect.any(String), issuer: 'https://id.example.com/', tenant: 'acme', subject: 'ada' },
        about: { ref: expect.any(String), issuer: 'local', subject: 'bob', personal: { email: 'bob@example.com' } },
      },
    ])
  })

  it('records what a change changed, and no secret in it', async () => {
    const { audit, records, directory } = scene()
    await audit.record({
      type: 'user.updated',
      actor: { subject: 'ada' },
      before: { email: 'a@example.com', address: { city: 'Paris' }, password: 'hunter2', same: 1 },
      after: { email: 'b@example.com', address: { city: 'Rome' }, password: 'hunter3', same: 1 },
    })
    const [record] = await records()
    expect(record!.actor!.changes).toEqual([
      { path: '/address/city', before: 'Paris', after: 'Rome' },
      { path: '/email', before: 'a@example.com', after: 'b@example.com' },
    ])
    expect(everythingIn(directory)).not.toMatch(/hunter|Paris/)
  })

  it.each([
    ['no type', {}],
    ['a type with a line break', { type: 'data.read\nadmin' }],
    ['an outcome that is none', { type: 'data.read', outcome: 'ok' }],
    ['an actor without subject', { type: 'data.read', actor: {} }],
    ['a time that is none', { type: 'data.read', time: Number.NaN }],
    [
      'more than a record can hold',
      { type: 'data.read', detail: { list: Array.from({ length: 100 }, () => 'x'.repeat(4000)) } },
    ],
  ])('refuses %s, and records nothing', async (_, event) => {
    const { audit, records } = scene()
    expect(await codeOf(audit.record(event as never))).toBe('ERR_AUDIT_EVENT')
    await audit.record({ type: 'data.read' })
    expect(await records()).toHaveLength(1)
  })

  it('keeps secrets out by their names, and lets pii-redactor take out more', async () => {
    const { audit, env, records } = scene({ redactKeys: ['favouriteColour'] })
    env.ports.offer(
      'redact',
      (value) => JSON.parse(JSON.stringify(value).replaceAll('4111111111111111', '[card]')) as unknown,
    )
    await audit.record({
      type: 'data.read',
      detail: {
        accessToken: 'abc',
        'Set-Cookie': 'sid=1',
        nested: { api_key: 'k' },
        favouriteColour: 'red',
        note: 'paid by 4111111111111111',
      },
    })
    expect((await records())[0]!.detail).toEqual({
      accessToken: '[redacted]',
      'Set-Cookie': '[redacted]',
      nested: { api_key: '[redacted]' },
      favouriteColour: '[redacted]',
      note: 'paid by [card]',
    })
  })

  it('goes on where an earlier process has ended', async () => {
    const first = scene()
    await first.audit.record({ type: 'data.read' })
    await first.env.close()
    const second = scene({ directory: first.directory })
    expect(await second.audit.record({ type: 'data.read' })).toEqual({ index: 2, durable: true })
    expect((await second.records()).map(({ type }) => type)).toEqual(['data.read', 'audit.closed', 'data.read'])
  })

  it('is refused once the log is closed', async () => {
    const { audit } = scene()
    await audit.close()
    expect(await codeOf(audit.record({ type: 'data.read' }))).toBe('ERR_AUDIT_CLOSED')
  })

  it('begins a new segment when one is full, and reads over all of them', async () => {
    const { audit, records, source } = scene({ segmentBytes: 4096 })
    for (let i = 0; i < 100; i++) await audit.record({ type: 'data.read', detail: { i, fill: 'x'.repeat(100) } })
    expect((await records()).map(({ detail }) => detail!['i'])).toEqual(Array.from({ length: 100 }, (_, i) => i))
    expect((await (await source()).pieces()).length).toBeGreaterThan(3)
  })

  it('writes sealed segments where it is told to, and reads them with the key ring', async () => {
    const ring = keyRing()
    const { audit, records, directory } = scene({ encrypt: true }, { keyRing: ring })
    await audit.record({ type: 'data.read', detail: { word: 'unmistakable' } })
    expect((await records())[0]!.detail).toEqual({ word: 'unmistakable' })
    expect(everythingIn(directory)).not.toContain('unmistakable')
  })
})

describe('security events', () => {
  it('are all recorded, with what names somebody sealed', async () => {
    const { env, records, directory } = scene()
    await env.publish('health.changed', { part: 'store', healthy: false })
    await env.publish(
      'token.issued' as never,
      {
        account: { issuer: 'https://id.example.com/', subject: 'ada-lovelace' },
        grant: 'login',
        client: 'web',
        id: 'jti-17',
        expiresAt: 1,
      } as never,
    )
    const all = await records()
    expect(all.map(({ type, outcome }) => [type, outcome])).toEqual([
      ['health.changed', 'failure'],
      ['token.issued', 'success'],
    ])
    expect(all[1]!.detail).toEqual({ grant: 'login', client: 'web', expiresAt: 1 })
    expect(all[1]!.actor).toMatchObject({ subject: 'ada-lovelace', personal: { id: 'jti-17' } })
    expect(everythingIn(directory)).not.toMatch(/ada-lovelace|jti-17/)
  })

  it('are left out where they are to be ignored', async () => {
    const { env, records } = scene({ ignore: ['health.*'] })
    await env.publish('health.changed', { part: 'store', healthy: false })
    expect(await records()).toEqual([])
  })

  it('of another environment are not recorded', async () => {
    const { records } = scene()
    await environment().publish('health.changed', { part: 'store', healthy: false })
    expect(await records()).toEqual([])
  })
})

describeHosts('the audit log', (host) => {
  it('finds who asks, from where and in which trace, from any depth', async () => {
    const { env, audit, records } = scene()
    const who = testPrincipal({ subject: 'ada', tenant: 'acme', roles: ['clerk'], sid: 's1' })
    const app = await host.start({
      use: [signIn({ ...who, actor: { issuer: 'test', subject: 'support' } }, { env })],
      handler: async () => {
        await Promise.resolve()
        return { body: await audit.record({ type: 'data.read', resource: { type: 'order', id: '1' } }) }
      },
    })
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
    const headers = { traceparent: `00-${trace}-00f067aa0ba902b7-01`, 'x-request-id': 'r-1', 'user-agent': 'Tester' }
    const response = await app.fetch('/orders?secret=1', { headers })
    expect(await response.json()).toEqual({ index: 0, durable: true })
    const [record] = await records()
    expect(record).toMatchObject({
      tenant: 'acme',
      roles: ['clerk'],
      request: { id: 'r-1', method: 'GET', trace },
      actor: {
        subject: 'ada',
        sid: 's1',
        credential: 'bearer',
        address: '127.0.0.1',
        agent: 'Tester',
        path: '/orders',
      },
      delegate: { subject: 'support' },
    })
    await app.close()
  })

  it('records what a route did, and who was refused', async () => {
    const { env, audit, records } = scene()
    const app = await host.start({
      use: [identify(() => undefined, { env })],
      route: [audit.action('order.placed', { resource: () => ({ type: 'order' }) })],
      handler: ({ seen }) => ({ status: JSON.stringify(Object.keys(seen)) === '' ? 200 : 403 }),
    })
    await app.fetch('/orders')
    await app.close()
    expect((await records()).map(({ type, outcome, resource }) => [type, outcome, resource])).toEqual([
      ['order.placed', 'denied', { type: 'order' }],
    ])
  })

  it('has the intent before the handler runs and the outcome before the response ends', async () => {
    const { audit, source } = scene({ strict: ['payment.*'] })
    let during: readonly string[] = []
    const app = await host.start({
      route: [audit.action('payment.approved')],
      handler: async () => {
        during = (await recordsOf(await source())).map(({ outcome }) => outcome)
        return { body: 'paid' }
      },
    })
    const response = await app.fetch('/orders')
    expect([response.status, await response.text()]).toEqual([200, 'paid'])
    expect(during).toEqual(['intent'])
    const all = await recordsOf(await source())
    expect(all.map(({ outcome, intent }) => [outcome, intent])).toEqual([
      ['intent', undefined],
      ['success', 0],
    ])
    await app.close()
  })

  it('refuses what must be recorded and cannot be, with 503, before anything is done', async () => {
    const first = scene()
    await first.audit.record({ type: 'data.read' })
    // Another writer has the log.
    const second = scene({ directory: first.directory, strict: ['payment.*'] })
    let ran = false
    const app = await host.start({
      route: [second.audit.action('payment.approved')],
      handler: () => {
        ran = true
        return { body: 'paid' }
      },
    })
    const response = await app.fetch('/orders')
    expect([response.status, ran]).toEqual([503, false])
    expect(response.headers.get('retry-after')).toBe('5')
    expect(await response.text()).not.toMatch(/paid|sallyport|tmp/)
    await app.close()
  })

  it('holds a refusal until its record is on the disk', async () => {
    const { env, source } = scene({ strict: ['gate.refused'] })
    const app = await host.start({ use: [identify(() => undefined, { env, required: true })] })
    const response = await app.fetch('/orders')
    expect(response.status).toBe(401)
    expect((await recordsOf(await source())).map(({ type, outcome, reason }) => [type, outcome, reason])).toEqual([
      ['gate.refused', 'denied', 'ERR_UNAUTHENTICATED'],
    ])
    await app.close()
  })
})
