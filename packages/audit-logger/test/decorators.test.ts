import { signIn, testPrincipal } from '@sallyport/core/testing'
import { Auditable, SecurityEvent } from '@sallyport/audit-logger'
import { describe, expect, it } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { codeOf, recordsOf, scene } from './support.ts'

class Orders {
  readonly cancelled: string[] = []

  cancel(id: string): string {
    if (id === '0') throw new RangeError('no such order: secret')
    this.cancelled.push(id)
    return `cancelled ${id}`
  }

  async approve(id: string): Promise<string> {
    await Promise.resolve()
    if (id === '0') throw new RangeError('no such order: secret')
    return `approved ${id}`
  }
}

/** As compilers write legacy decorators, and as standard ones are applied. */
function decorated(kind: 'standard' | 'legacy', strict = false): Orders {
  const prefix = strict ? 'payment' : 'order'
  class Decorated extends Orders {}
  for (const name of ['cancel', 'approve'] as const) {
    const decorate = SecurityEvent(`${prefix}.${name}`, { resource: (id: string) => ({ type: 'order', id }) })
    const method = Orders.prototype[name] as (id: string) => unknown
    if (kind === 'standard') {
      const made = decorate(method, { kind: 'method', name } as never)
      Object.defineProperty(Decorated.prototype, name, { value: made, configurable: true })
    } else {
      const descriptor = { value: method, configurable: true, writable: true }
      decorate(Decorated.prototype, name, descriptor as never)
      Object.defineProperty(Decorated.prototype, name, descriptor)
    }
  }
  return new Decorated()
}

/** A method with the decorator on it. */
function applied(type: string, method: (id: string) => unknown): (id: string) => unknown {
  const decorate = SecurityEvent(type, { resource: (id: string) => ({ type: 'payment', id }) })
  return decorate(method as never, { kind: 'method', name: 'approve' } as never) as typeof method
}

describeHosts('@SecurityEvent', (host) => {
  it.each(['standard', 'legacy'] as const)(
    '%s: records each call with its outcome and who is calling',
    async (kind) => {
      const { env, records } = scene()
      const orders = decorated(kind)
      const app = await host.start({
        use: [signIn(testPrincipal({ subject: 'ada' }), { env })],
        handler: async () => {
          const failed = await codeOf(orders.approve('0'))
          return { body: [orders.cancel('7'), await orders.approve('8'), failed, orders.cancelled].join() }
        },
      })
      const answer = await (await app.fetch('/orders')).text()
      expect(answer).toMatch(/^cancelled 7,approved 8,RangeError: .*,7$/)
      const all = await records()
      expect(
        all.map(({ type, outcome, reason, resource, actor }) => [type, outcome, reason, resource?.id, actor?.subject]),
      ).toEqual([
        ['order.approve', 'failure', 'RangeError', '0', 'ada'],
        ['order.cancel', 'success', undefined, '7', 'ada'],
        ['order.approve', 'success', undefined, '8', 'ada'],
      ])
      expect(JSON.stringify(all)).not.toContain('secret')
      await app.close()
    },
  )
})

describeHosts('@SecurityEvent of a strict type', (host) => {
  it('has the intent on the disk before the method runs, and its outcome before the answer', async () => {
    const { env, source } = scene({ strict: ['payment.*'] })
    const during: unknown[] = []
    class Payments {
      async approve(id: string): Promise<string> {
        during.push(...(await recordsOf(await source())).map(({ outcome }) => outcome))
        if (id === '0') throw new RangeError('no such payment')
        return 'approved'
      }
    }
    const approve = applied('payment.approve', Payments.prototype.approve)
    const app = await host.start({
      use: [signIn(testPrincipal({ subject: 'ada' }), { env })],
      handler: async () => ({ body: [await approve('7'), await codeOf(approve('0') as Promise<unknown>)].join(' ') }),
    })
    expect(await (await app.fetch('/orders')).text()).toMatch(/^approved RangeError/)
    expect(during).toEqual(['intent', 'intent', 'success', 'intent'])
    const all = await recordsOf(await source())
    expect(all.map(({ outcome, intent, actor }) => [outcome, intent, actor?.subject])).toEqual([
      ['intent', undefined, 'ada'],
      ['success', 0, 'ada'],
      ['intent', undefined, 'ada'],
      ['failure', 2, 'ada'],
    ])
    await app.close()
  })

  it('is 503 and does not run where nothing can be recorded', async () => {
    const first = scene()
    await first.audit.record({ type: 'data.read' })
    // Another writer has the log.
    const { env } = scene({ directory: first.directory, strict: ['payment.*'] })
    let ran = false
    const approve = applied('payment.approve', () => (ran = true))
    const app = await host.start({
      use: [signIn(testPrincipal(), { env })],
      handler: async () => ({ body: String(await approve('7')) }),
    })
    const response = await app.fetch('/orders')
    expect([response.status, ran, response.headers.get('retry-after')]).toEqual([503, false, '5'])
    expect(await response.text()).not.toMatch(/sallyport|tmp|process/)
    await app.close()
  })
})

describe('@SecurityEvent of a strict type', () => {
  it('has the intent on the disk before the method runs, and does not run it without', async () => {
    const first = scene({ strict: ['payment.*'] })
    const orders = decorated('standard', true)
    await first.audit.around({ type: 'payment.approve' }, () => 1)
    expect((await first.records()).map(({ outcome, intent }) => [outcome, intent])).toEqual([
      ['intent', undefined],
      ['success', 0],
    ])
    const second = scene({ directory: first.directory, strict: ['payment.*'] })
    let ran = false
    expect(await codeOf(second.audit.around({ type: 'payment.approve' }, () => (ran = true)))).toBe('ERR_AUDIT_LOCKED')
    expect([ran, orders.cancelled]).toEqual([false, []])
  })
})

describe('Auditable', () => {
  it('gives a class a way to its log', async () => {
    const { records } = scene()
    class Base {
      readonly name: string
      constructor(name: string) {
        this.name = name
      }
    }
    class Invoices extends Auditable(Base) {
      approve(): Promise<unknown> {
        return this.audit({ type: 'invoice.approved', resource: { type: this.name } })
      }
    }
    await new Invoices('invoice').approve()
    expect((await records()).map(({ type, resource }) => [type, resource])).toEqual([
      ['invoice.approved', { type: 'invoice' }],
    ])
    // Of two logs outside of requests neither is taken by chance.
    scene()
    expect(await codeOf(new Invoices('invoice').approve())).toBe('ERR_AUDIT_UNAVAILABLE')
  })
})

describe('a login of the app’s own', () => {
  it('is recorded with its method, and a failed one without what was typed in the open', async () => {
    const { audit, records, env } = scene()
    await audit.authAttempt({ method: 'password', success: true, account: { subject: 'ada' } })
    await audit.authAttempt({ method: 'otp', success: false, identifier: 'hunter2', reason: 'unknown-account' })
    await audit.access({
      granted: false,
      resource: { type: 'order', id: '1' },
      action: 'delete',
      permission: 'orders:delete',
    })
    expect((await records()).map(({ type, outcome, reason }) => [type, outcome, reason])).toEqual([
      ['auth.login.password', 'success', undefined],
      ['auth.login.otp', 'failure', 'unknown-account'],
      ['access.checked', 'denied', undefined],
    ])
    await env.close()
  })
})
