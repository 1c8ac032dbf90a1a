import { Readable } from 'node:stream'
import { createEnvironment, currentExchange, type Environment } from '@sallyport/core'
import { rbac, type Access } from '@sallyport/rbac'
import { describe, expect, it, onTestFinished } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import type { Call, Handler } from '../../../test/hosts/host.ts'
import { environment, loggedIn, principal } from './support.ts'

const roles = { clerk: [{ permission: 'orders:*', when: { owner: 'ownerId' } }], boss: ['orders:*'] }
const mine = { ownerId: 'u1' }
const theirs = { ownerId: 'u2' }
const SECRET = 'the order of somebody else'

/** Takes the response away from a framework that would answer itself. Koa's status is 404 until something is found. */
function raw({ res, seen }: Call): Call['res'] {
  ;(seen as { respond?: boolean }).respond = false
  res.statusCode = 200
  return res
}

describeHosts('an unchecked response does not get out', (host) => {
  async function answered(handler: (call: Call, access: Access) => ReturnType<Handler>): Promise<string> {
    const env = environment()
    const access = rbac({ roles, env })
    const app = await host.start({
      use: [loggedIn(env, { roles: ['clerk'] })],
      route: [access.require('orders:update')],
      handler: (call) => handler(call, access),
    })
    const response = await app.fetch('/orders')
    const text = await response.text()
    expect(text).not.toContain(SECRET)
    return `${response.status} ${(JSON.parse(text) as { code: string }).code}`
  }

  const WITHHELD = '500 ERR_RBAC_UNCHECKED'

  it('in chunks', async () => {
    expect(
      await answered((call) => {
        const res = raw(call)
        res.write(SECRET)
        res.write(SECRET)
        res.end(SECRET)
        return undefined
      }),
    ).toBe(WITHHELD)
  })

  it('in chunks, by a handler that goes on after an error', async () => {
    expect(
      await answered((call) => {
        const res = raw(call)
        for (let i = 0; i < 5; i++) {
          try {
            res.writeHead(200)
            res.flushHeaders()
            res.write(SECRET)
          } catch {
            // Goes on.
          }
        }
        res.end()
        return undefined
      }),
    ).toBe(WITHHELD)
  })

  it('piped from a stream', async () => {
    expect(
      await answered((call) => {
        Readable.from([SECRET, SECRET, SECRET]).pipe(raw(call))
        return undefined
      }),
    ).toBe(WITHHELD)
  })

  it('with headers written first, and a length that fits', async () => {
    expect(
      await answered((call) => {
        const res = raw(call)
        res.writeHead(200, { 'content-length': String(SECRET.length), 'content-type': 'text/plain' })
        res.end(SECRET)
        return undefined
      }),
    ).toBe(WITHHELD)
  })

  it('after the headers alone', async () => {
    expect(
      await answered((call) => {
        const res = raw(call)
        res.flushHeaders()
        setTimeout(() => res.end(SECRET), 5)
        return undefined
      }),
    ).toBe(WITHHELD)
  })

  it('after a check of another permission, of another order by somebody else, or one that said no', async () => {
    const give = { body: SECRET }
    expect(
      await answered(({ seen }, access) => {
        access.check(seen, 'orders:read', mine)
        return give
      }),
    ).toBe(WITHHELD)
    expect(
      await answered((_, access) => {
        access.check(principal({ roles: ['boss'] }), 'orders:update', theirs)
        access.check(principal({ roles: ['clerk'] }), 'orders:update', mine)
        return give
      }),
    ).toBe(WITHHELD)
    expect(
      await answered(({ seen, principal: who }, access) => {
        access.can(who, 'orders:update', theirs)
        try {
          access.check(seen, 'orders:update', theirs)
        } catch {
          // Ignores what the check said.
        }
        return give
      }),
    ).toBe(WITHHELD)
  })

  it('after a check without an object, an id in its place, or nothing that was found', async () => {
    const give = { body: SECRET }
    for (const object of [undefined, null, 'mine', 7, [], {}]) {
      expect(
        await answered(({ seen, principal: who }, access) => {
          access.can(who, 'orders:update', object as never)
          try {
            access.check(seen, 'orders:update', object as never)
          } catch {
            // Ignores what the check said.
          }
          return give
        }),
        JSON.stringify(object),
      ).toBe(WITHHELD)
    }
  })

  it('after a question of `can`, `compile` or `explain` about all orders', async () => {
    expect(
      await answered(({ principal: who, seen }, access) => {
        access.can(who, 'orders:update')
        access.compile(who).can('orders:update')
        access.explain(seen, 'orders:update', mine)
        return { body: SECRET }
      }),
    ).toBe(WITHHELD)
  })
})

describe('a check that is made after the answer', () => {
  it('comes too late', async () => {
    const { express5Host } = await import('../../../test/hosts/node-hosts.ts')
    const env = environment()
    const access = rbac({ roles, env })
    const app = await express5Host.start({
      use: [loggedIn(env, { roles: ['clerk'] })],
      route: [access.require('orders:update')],
      handler: ({ res, seen }) => {
        res.end(SECRET)
        access.check(seen, 'orders:update', mine)
        return undefined
      },
    })
    const response = await app.fetch('/orders')
    expect([response.status, await response.text()]).toEqual([500, expect.not.stringContaining(SECRET)])
  })
})

describeHosts('the asynchronous context', (host) => {
  it('tells the request of a principal that the app keeps, from any depth', async () => {
    const env: Environment = createEnvironment({ asyncContext: true })
    onTestFinished(() => env.close())
    const access = rbac({ roles, env })
    const service = async (order: object): Promise<string> => {
      await Promise.resolve()
      const { subject, roles: held } = currentExchange()!.principal!
      access.check(principal({ issuer: 'local', subject, roles: held }), 'orders:update', order)
      return 'done'
    }
    const app = await host.start({
      use: [loggedIn(env, { roles: ['clerk'] })],
      route: [access.require('orders:update')],
      handler: async () => ({ body: await service(mine) }),
    })
    expect(await (await app.fetch('/orders')).text()).toBe('done')
  })
})
