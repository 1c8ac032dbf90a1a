import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { compose, exchangeOf, guardUpgrade, reportOnly, type Environment, type Middleware } from '@sallyport/core'
import { captureEvents, signIn, testPrincipal } from '@sallyport/core/testing'
import { rbac, type Access } from '@sallyport/rbac'
import { describe, expect, it, onTestFinished } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import type { Call, Handler } from '../../../test/hosts/host.ts'
import { environment, loggedIn, refusal } from './support.ts'

interface Order {
  readonly id: string
  readonly ownerId: string
  readonly total: number
}

const orders: Readonly<Record<string, Order>> = {
  mine: { id: 'mine', ownerId: 'u1', total: 10 },
  theirs: { id: 'theirs', ownerId: 'u2', total: 20 },
}

const roles = {
  clerk: [{ permission: 'orders:*', when: { owner: 'ownerId' } }],
  boss: ['orders:*'],
  reader: [{ permission: 'orders:read', fields: ['id'] }],
  mixed: ['orders:read', { permission: 'orders:update', when: { owner: 'ownerId' } }],
}

/** The order that a request asks for, by a header: hosts without a router have no parameters. */
const wanted = (seen: object): Order | undefined => orders[exchangeOf(seen)!.header('x-order') ?? '']

function policed(): { readonly env: Environment; readonly access: Access } {
  const env = environment()
  return { env, access: rbac({ roles, env }) }
}

describeHosts('a route whose grant depends on the object', (host) => {
  interface Visit {
    readonly role?: string
    readonly order?: string
    readonly handler?: Handler
    readonly use?: readonly Middleware[]
    readonly method?: string
  }

  async function visit(env: Environment, route: Middleware[], given: Visit = {}): Promise<Response> {
    const { role = 'clerk', order = 'mine', handler, use, method = 'GET' } = given
    const app = await host.start({ use: use ?? [loggedIn(env, { roles: [role] })], route, ...(handler && { handler }) })
    return app.fetch('/orders', { method, headers: { 'x-order': order } })
  }

  const secret: Handler = () => ({ body: 'the order of somebody else' })

  async function expectWithheld(response: Response): Promise<void> {
    expect(response.status).toBe(500)
    const text = await response.text()
    expect(text).not.toContain('somebody else')
    expect(JSON.parse(text)).toEqual({
      type: 'about:blank',
      title: 'Internal Server Error',
      status: 500,
      code: 'ERR_RBAC_UNCHECKED',
    })
  }

  describe('with `load`', () => {
    it('fetches and checks before the handler, and gives it the object', async () => {
      const { env, access } = policed()
      const gate = access.require('orders:update', { load: wanted })
      const reached: Order[] = []
      const handler: Handler = ({ seen }) => {
        reached.push(gate.objectOf(seen))
        return { body: 'reached' }
      }
      expect((await visit(env, [gate], { handler })).status).toBe(200)
      expect(reached).toEqual([orders['mine']])
      for (const [order, status, code] of [
        ['theirs', 403, 'ERR_RBAC_FORBIDDEN'],
        ['nowhere', 404, 'ERR_RBAC_NOT_FOUND'],
      ] as const) {
        const response = await visit(env, [gate], { handler, order })
        expect([response.status, (await response.json()) as object]).toMatchObject([status, { code }])
      }
      expect(reached).toHaveLength(1)
    })

    it('waits for an object that comes later, and answers 503 when it does not come', async () => {
      const { env, access } = policed()
      const later = (order: Order | null) => ({ load: () => Promise.resolve(order) })
      expect((await visit(env, [access.require('orders:update', later(orders['mine']!))])).status).toBe(200)
      expect((await visit(env, [access.require('orders:update', later(orders['theirs']!))])).status).toBe(403)
      expect((await visit(env, [access.require('orders:update', later(null))])).status).toBe(404)
      const broken = access.require('orders:update', { load: () => Promise.reject(new Error('host=10.0.0.7 is down')) })
      const response = await visit(env, [broken])
      expect(response.status).toBe(503)
      expect(await response.text()).not.toContain('10.0.0.7')
    })

    it('answers what may not be seen like what is not there, where it is told to', async () => {
      const { env, access } = policed()
      const gate = access.require('orders:update', { load: wanted, hide: true })
      const [theirs, nowhere] = [
        await visit(env, [gate], { order: 'theirs' }),
        await visit(env, [gate], { order: 'nowhere' }),
      ]
      expect([theirs.status, nowhere.status]).toEqual([404, 404])
      expect(await theirs.json()).toEqual(await nowhere.json())
      expect((await visit(env, [gate], { role: 'stranger' })).status).toBe(404)
    })

    it('fetches nothing for who has the permission on no object', async () => {
      const { env, access } = policed()
      let fetched = 0
      const load = (): Order => {
        fetched++
        return orders['mine']!
      }
      expect((await visit(env, [access.require('orders:update', { load })], { role: 'stranger' })).status).toBe(403)
      expect((await visit(env, [access.require('orders:update', { load })], { use: [] })).status).toBe(401)
      expect(fetched).toBe(0)
    })

    it('checks all of several permissions on the object', async () => {
      const { env, access } = policed()
      const gate = access.require(['orders:read', 'orders:update'], { load: wanted })
      expect((await visit(env, [gate], { role: 'mixed' })).status).toBe(200)
      expect((await visit(env, [gate], { role: 'mixed', order: 'theirs' })).status).toBe(403)
    })

    it('may stand apart, behind whatever the route demands', async () => {
      const { env, access } = policed()
      const order = access.load(wanted)
      const handler: Handler = ({ seen }) => ({ body: order.objectOf(seen).id })
      const route = [access.require('orders:update'), access.requireAny('orders:refund', 'orders:read'), order]
      expect(await (await visit(env, route, { handler })).text()).toBe('mine')
      expect((await visit(env, route, { handler, order: 'theirs' })).status).toBe(403)
      expect((await visit(env, route, { handler, order: 'nowhere' })).status).toBe(404)
      expect(await (await visit(env, route, { handler, order: 'theirs', role: 'boss' })).text()).toBe('theirs')
      const composed = compose(access.require('orders:update'), order)
      expect((await visit(env, [composed], { handler, order: 'theirs' })).status).toBe(403)
    })
  })

  describe('with a check in the handler', () => {
    const checking =
      (access: Access, who: (call: Call) => object | undefined): Handler =>
      (call) => {
        const order = access.check(who(call), 'orders:update', wanted(call.seen)!)
        return { body: order.id }
      }

    it.each<[string, (call: Call) => object | undefined]>([
      ['the request', ({ seen }) => seen],
      ['the principal', ({ principal }) => principal],
      ['the exchange', ({ exchange }) => exchange],
    ])('answers when it was made with %s', async (_, who) => {
      const { env, access } = policed()
      const route = [access.require('orders:update')]
      const own = await visit(env, route, { handler: checking(access, who) })
      expect([own.status, await own.text()]).toEqual([200, 'mine'])
      const foreign = await visit(env, route, { handler: checking(access, who), order: 'theirs' })
      expect([foreign.status, await foreign.json()]).toMatchObject([403, { code: 'ERR_RBAC_FORBIDDEN' }])
    })

    it('answers when `can` said yes, and an error when it said no', async () => {
      const { env, access } = policed()
      const handler: Handler = ({ principal, seen }) =>
        access.can(principal, 'orders:update', wanted(seen)) ? { body: 'done' } : { status: 404, body: 'no such order' }
      const route = [access.require('orders:update')]
      expect(await (await visit(env, route, { handler })).text()).toBe('done')
      const foreign = await visit(env, route, { handler, order: 'theirs' })
      expect([foreign.status, await foreign.text()]).toEqual([404, 'no such order'])
    })

    it('answers when it filtered a list', async () => {
      const { env, access } = policed()
      const handler: Handler = ({ seen }) => ({
        body: Object.values(orders).filter(access.filter(seen, 'orders:read').matches),
      })
      const response = await visit(env, [access.require('orders:read')], { handler })
      expect(await response.json()).toEqual([orders['mine']])
    })
  })

  describe('without a check', () => {
    it.each(['GET', 'POST', 'DELETE'])('is withheld: %s', async (method) => {
      const { env, access } = policed()
      await expectWithheld(await visit(env, [access.require('orders:update')], { handler: secret, method }))
    })

    it('is withheld as an object, as a redirect, as nothing at all', async () => {
      const { env, access } = policed()
      const route = [access.require('orders:update')]
      await expectWithheld(await visit(env, route, { handler: () => ({ body: { note: 'somebody else' } }) }))
      await expectWithheld(
        await visit(env, route, {
          handler: () => ({ status: 303, headers: { location: '/orders/somebody else' }, body: '' }),
        }),
      )
      await expectWithheld(await visit(env, route, { handler: () => ({ status: 204 }) }))
      expect((await visit(env, route, { handler: secret, method: 'HEAD' })).status).toBe(500)
    })

    it('lets errors out: a handler that finds nothing has nothing to check', async () => {
      const { env, access } = policed()
      const response = await visit(env, [access.require('orders:update')], {
        handler: () => ({ status: 404, body: 'no such order' }),
      })
      expect([response.status, await response.text()]).toEqual([404, 'no such order'])
    })

    it('is no matter for who has the permission on every object', async () => {
      const { env, access } = policed()
      expect((await visit(env, [access.require('orders:update')], { role: 'boss', handler: secret })).status).toBe(200)
      expect((await visit(env, [access.requireAny('orders:update', 'orders:read')], { role: 'mixed' })).status).toBe(
        200,
      )
    })

    it('is withheld when only one of several demands was checked', async () => {
      const { env, access } = policed()
      const handler: Handler = ({ seen }) => {
        access.check(seen, 'orders:read', orders['mine']!)
        return { body: 'somebody else' }
      }
      await expectWithheld(await visit(env, [access.require('orders:read', 'orders:update')], { handler }))
      expect((await visit(env, [access.requireAny('orders:read', 'orders:update')], { handler })).status).toBe(200)
    })

    it('is only reported where the gate only reports', async () => {
      const { env, access } = policed()
      using events = captureEvents(env)
      const response = await visit(env, [reportOnly(access.require('orders:update'))], { handler: secret })
      expect(response.status).toBe(200)
      expect(events.of('gate.refused').map(({ detail }) => detail)).toEqual([
        { gate: 'rbac', code: 'ERR_RBAC_UNCHECKED', status: 500, reportOnly: true },
      ])
    })

    it('tells the operator which permission it was, and the client nothing', async () => {
      const { env, access } = policed()
      using events = captureEvents(env)
      const warnings: string[] = []
      const listen = (warning: Error): void => void warnings.push(warning.message)
      process.on('warning', listen)
      onTestFinished(() => void process.off('warning', listen))
      await expectWithheld(await visit(env, [access.require('orders:cancel')], { handler: secret }))
      expect(events.of('authz.decided').at(-1)!.detail).toMatchObject({
        granted: false,
        permissions: ['orders:cancel'],
        decisions: [{ reason: 'needs-object', rule: 'roles.clerk[0]' }],
      })
      expect(events.of('gate.refused').at(-1)!.detail).toMatchObject({ code: 'ERR_RBAC_UNCHECKED', reportOnly: false })
      await expect.poll(() => warnings.join()).toContain('orders:cancel is granted for some objects only')
    })
  })

  describe('whose grant is limited to fields', () => {
    it('answers what `pick` leaves, and nothing else', async () => {
      const { env, access } = policed()
      const route = [access.require('orders:read')]
      await expectWithheld(await visit(env, route, { role: 'reader', handler: secret }))
      const checked: Handler = ({ seen }) => ({ body: access.check(seen, 'orders:read', orders['mine']!) })
      await expectWithheld(await visit(env, route, { role: 'reader', handler: checked }))
      const picked: Handler = ({ seen }) => ({ body: access.pick(seen, 'orders:read', orders['mine']!) })
      expect(await (await visit(env, route, { role: 'reader', handler: picked })).json()).toEqual({ id: 'mine' })
    })

    it('needs it after `load` too', async () => {
      const { env, access } = policed()
      const gate = access.require('orders:read', { load: wanted })
      await expectWithheld(await visit(env, [gate], { role: 'reader', handler: secret }))
      const picked: Handler = ({ seen }) => ({ body: access.pick(seen, 'orders:read', gate.objectOf(seen)) })
      expect(await (await visit(env, [gate], { role: 'reader', handler: picked })).json()).toEqual({ id: 'mine' })
    })
  })
})

describeHosts('two policies on one route', (host) => {
  it('are checked each by its own question, with the same principal', async () => {
    const env = environment()
    const [shop, audit] = [rbac({ roles, env }), rbac({ roles, env })]
    const checks = [shop, audit]
    const app = await host.start({
      use: [loggedIn(env, { roles: ['clerk'] })],
      route: [shop.require('orders:update'), audit.require('orders:update')],
      handler: ({ principal }) => {
        for (const access of checks) access.check(principal, 'orders:update', orders['mine']!)
        return { body: 'done' }
      },
    })
    expect(await (await app.fetch('/orders')).text()).toBe('done')
    checks.pop()
    expect((await app.fetch('/orders')).status).toBe(500)
  })
})

describe('access.load() and access.require() with options', () => {
  it.each<[string, (access: Access) => unknown, string]>([
    ['no function', (access) => access.load('id' as never), "access.load: option `load` was 'id'"],
    ['none at all', (access) => access.load(undefined as never), 'access.load: option `load` was undefined'],
    [
      'no `load`',
      (access) => access.require('a:b', { hide: true } as never),
      'access.require: option `load` was undefined',
    ],
    ['a misspelt option', (access) => access.load(() => ({}), { hidden: true } as never), 'did you mean `hide`'],
    [
      'a wrong value',
      (access) => access.load(() => ({}), { hide: 1 as never }),
      'option `hide` was 1; accepted is true or false',
    ],
    ['no permission', (access) => access.require([] as never, { load: () => ({}) }), 'name at least one permission'],
    ['a malformed one', (access) => access.require('a:*', { load: () => ({}) }), 'option `permissions[0]`'],
  ])('are refused: %s', (_, make, message) => {
    const given = refusal(() => make(rbac({ roles: {}, env: environment() })))
    expect(given).toMatch(/^ERR_OPTION /)
    expect(given).toContain(message)
  })

  it('give no object where the gate let nobody in', () => {
    const { access } = policed()
    const gate = access.require('orders:update', { load: wanted })
    expect(refusal(() => gate.objectOf({}))).toContain('ERR_NO_EXCHANGE')
  })
})

describeHosts('access.load() alone', (host) => {
  it('refuses: it would check nothing', async () => {
    const { env, access } = policed()
    const app = await host.start({ use: [loggedIn(env, { roles: ['boss'] })], route: [access.load(wanted)] })
    const response = await app.fetch('/orders', { headers: { 'x-order': 'mine' } })
    expect([response.status, await response.json()]).toMatchObject([500, { code: 'ERR_OPTION' }])
  })
})

describeHosts('two requests with one token', (host) => {
  it('are not checked for each other', async () => {
    const { env, access } = policed()
    const shared = testPrincipal({ subject: 'u1', roles: ['clerk'] })
    let checked!: () => void
    const first = new Promise<void>((resolve) => (checked = resolve))
    const app = await host.start({
      use: [signIn(shared, { env })],
      route: [access.require('orders:update')],
      handler: async ({ principal, exchange }) => {
        if (exchange!.header('x-order') === 'mine') {
          access.check(principal, 'orders:update', orders['mine']!)
          checked()
        } else await first
        return { body: 'answered' }
      },
    })
    const ask = (order: string): Promise<Response> => app.fetch('/orders', { headers: { 'x-order': order } })
    const [unchecked, own] = await Promise.all([ask('theirs'), ask('mine')])
    expect([own.status, unchecked.status]).toEqual([200, 500])
    // What the login keeps for all requests is known of none of them.
    access.check(shared, 'orders:update', orders['mine']!)
    expect((await ask('theirs')).status).toBe(500)
  })
})

describe('an upgrade whose grant depends on the object', () => {
  async function upgraded(env: Environment, ...route: [Middleware, ...Middleware[]]): Promise<string> {
    const server = createServer((_req, res) => res.end())
    guardUpgrade(server, loggedIn(env, { roles: ['clerk'] }), ...route)
    server.on('upgrade', (_req, socket) => {
      socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\n')
    })
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    return new Promise((resolve, reject) => {
      const headers = { connection: 'Upgrade', upgrade: 'test', 'x-order': 'mine' }
      const sent = request({ port, host: '127.0.0.1', headers })
      sent.on('error', reject)
      sent.on('upgrade', (_res, socket) => {
        socket.destroy()
        resolve('101')
      })
      sent.on('response', (res) => {
        let text = ''
        res.on('data', (chunk) => (text += String(chunk)))
        res.on('end', () => resolve(`${res.statusCode} ${(JSON.parse(text) as { code: string }).code}`))
      })
      sent.end()
    })
  }

  it('is refused without a check: there is no response that could be withheld', async () => {
    const { env, access } = policed()
    expect(await upgraded(env, access.require('orders:update'))).toBe('500 ERR_RBAC_UNCHECKED')
    expect(await upgraded(env, access.require('orders:update', { load: wanted }))).toBe('101')
    expect(await upgraded(env, access.require('orders:update', { load: () => orders['theirs'] }))).toBe(
      '403 ERR_RBAC_FORBIDDEN',
    )
  })
})
