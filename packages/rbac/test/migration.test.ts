import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { identify } from '@sallyport/core'
import { rbac } from '@sallyport/rbac'
import { AccessControl } from 'accesscontrol'
import guardOf from 'express-jwt-permissions'
import * as fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { environment, principal } from './support.ts'

type Step = (req: never, res: never, next: (err?: { status?: number }) => void) => void

describe('from express-jwt-permissions', () => {
  const env = environment
  /** The status of a request whose token has some permissions, behind some middlewares. */
  async function statusOf(permissions: readonly string[], ...steps: readonly Step[]): Promise<number> {
    const server = createServer((req, res) => {
      ;(req as { user?: object }).user = { sub: 'u1', permissions }
      const run = (i: number): void => {
        if (i === steps.length) return void res.end('reached')
        steps[i]!(req as never, res as never, (err) => (err ? res.writeHead(err.status ?? 500).end() : run(i + 1)))
      }
      run(0)
    })
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const { status } = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    server.closeAllConnections()
    return status
  }

  it('lets the same tokens in', async () => {
    const shared = env()
    const guard = guardOf()
    const known = identify(
      (req: { user?: { sub: string; permissions: string[] } }) =>
        req.user && { subject: req.user.sub, roles: ['user'], scopes: req.user.permissions },
      { env: shared },
    )
    const access = rbac({ roles: { user: ['*'] }, env: shared })
    const names = ['orders:read', 'orders:write', 'admin', 'status'] as const
    const pairs: readonly (readonly [Step, Step])[] = [
      [guard.check('admin') as unknown as Step, access.require('admin') as Step],
      [
        guard.check(['orders:read', 'orders:write']) as unknown as Step,
        access.require('orders:read', 'orders:write') as Step,
      ],
      [guard.check([['admin'], ['orders:read']]) as unknown as Step, access.requireAny('admin', 'orders:read') as Step],
    ]
    for (const held of [[], ['admin'], ['orders:read'], ['orders:read', 'orders:write'], ['status'], [...names]]) {
      for (const [theirs, ours] of pairs) {
        expect(await statusOf(held, known as Step, ours), held.join()).toBe(await statusOf(held, theirs))
      }
    }
  })
})

describe('from accesscontrol', () => {
  const control = new AccessControl()
  control
    .grant('user')
    .createOwn('video')
    .updateOwn('video', ['*', '!rating'])
    .readAny('video', ['*', '!views', '!owner.email'])
    .grant('admin')
    .extend('user')
    .updateAny('video')
    .deleteAny('video')

  const own = { owner: 'owner.id' }
  const access = () =>
    rbac({
      roles: {
        user: [
          { permission: 'video:create', when: own },
          { permission: 'video:update', when: own, fields: ['*', '!rating'] },
          { permission: 'video:read', fields: ['*', '!views', '!owner.email'] },
        ],
        admin: { inherits: ['user'], allow: ['video:update', 'video:delete'] },
      },
      env: environment(),
    })
  const video = { title: 'x', rating: 5, views: 9, owner: { id: 'u1', email: 'a@b' } }
  const foreign = { ...video, owner: { ...video.owner, id: 'u2' } }
  const user = principal({ subject: 'u1', roles: ['user'] })
  const admin = principal({ subject: 'u1', roles: ['admin'] })

  it('grants the same', () => {
    const ours = access()
    for (const [who, role] of [
      [user, 'user'],
      [admin, 'admin'],
    ] as const) {
      const theirs = control.can(role)
      expect(ours.can(who, 'video:read')).toBe(theirs.readAny('video').granted)
      expect(ours.can(who, 'video:create', video)).toBe(theirs.createOwn('video').granted)
      expect(ours.can(who, 'video:update', video)).toBe(theirs.updateOwn('video').granted)
      expect(ours.can(who, 'video:update', foreign)).toBe(theirs.updateAny('video').granted)
      expect(ours.can(who, 'video:delete', foreign)).toBe(theirs.deleteAny('video').granted)
    }
  })

  it('shows and takes the same fields', () => {
    const ours = access()
    expect(ours.pick(user, 'video:read', video)).toEqual(control.can('user').readAny('video').filter(video))
    const input = { title: 'y', rating: 1, views: 0 }
    expect(ours.strip(user, 'video:update', input, video)).toEqual(control.can('user').updateOwn('video').filter(input))
    expect(ours.strip(admin, 'video:update', input, foreign)).toEqual(
      control.can('admin').updateAny('video').filter(input),
    )
  })

  it('shows the same of any object', () => {
    const ours = access()
    const value = fc.oneof(fc.string(), fc.integer(), fc.boolean())
    const some = fc.record(
      {
        title: value,
        rating: value,
        views: value,
        owner: fc.record({ id: value, email: value }, { requiredKeys: [] }),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(some, (given) => {
        expect(ours.pick(user, 'video:read', given)).toEqual(control.can('user').readAny('video').filter(given))
      }),
    )
  })
})
