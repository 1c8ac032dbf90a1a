import { exchangeOf, type Exchange } from '@sallyport/core'
import { rbac, type PolicyDocument, type PolicySource } from '@sallyport/rbac'
import { describe, expect, it, onTestFinished } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { decide, environment, loggedIn, principal, refusal, refusalOf } from './support.ts'

describe('a path that climbs', () => {
  const access = () =>
    rbac({
      roles: { reader: ['data/public/*:read'], all: ['*'], strict: { allow: ['*'], deny: ['data/secret/*:*'] } },
      scopes: { public: ['data/public/*:read'] },
      env: environment(),
    })

  it.each([
    ...[
      'data/public/../secret/x:read',
      'data/public/..:read',
      'data/public/./x:read',
      'data/public//x:read',
      'data/public/:read',
    ],
    ...[
      'data/public/%2e%2e/secret:read',
      'data/public/x\\..\\secret:read',
      '/data/public/x:read',
      'data/public/..%2fsecret:read',
    ],
    ...[
      'data/public/*:read',
      'data/publicx/y:read',
      'data/public:read',
      'DATA/public/x:read',
      'data/public/\u{ff0e}\u{ff0e}/x:read',
    ],
  ])('is granted to nobody who may read what is public: %s', (permission) => {
    expect(decide(access(), principal({ roles: ['reader'] }), permission)).toBe(false)
    expect(decide(access(), principal({ roles: ['all'], scopes: ['public'] }), permission)).toBe(false)
  })

  it.each(['data/secret/../secret/x:read', 'data/secret//x:read', 'data/./secret/x:read', 'data/secret/x/..:read'])(
    'does not get around a rule that denies: %s',
    (permission) => {
      expect(decide(access(), principal({ roles: ['strict'] }), permission)).toBe(false)
    },
  )
})

describe('a login that pretends to be a service', () => {
  const services = { lake: { write: 'data/*' }, __proto__x: { write: '*' } }
  const may = (access: ReturnType<typeof rbac>, given: Parameters<typeof principal>[0]): boolean =>
    decide(access, principal(given), 'data/x:write')

  it('is none by its name, its claims or its own word', () => {
    const access = rbac({ policy: { roles: {}, services }, env: environment() })
    for (const given of [
      { subject: 'lake' },
      { subject: 'service:lake' },
      { roles: ['lake'] },
      { claims: { service: 'lake', client_id: 'lake', azp: 'lake' } },
      { scopes: ['service:lake', 'data/x:write'] },
    ]) {
      expect(may(access, given)).toBe(false)
    }
    expect(may(access, { roles: ['service:lake'] })).toBe(true)
    expect(may(access, { roles: ['service:lake'], scopes: ['data/y:write'] })).toBe(false)
  })

  it('is none where `serviceOf` fails, or answers anything but one of the names', () => {
    const warnings: string[] = []
    const listen = (warning: Error): void => void warnings.push(warning.message)
    process.on('warning', listen)
    onTestFinished(() => void process.off('warning', listen))
    for (const answer of [
      undefined,
      null,
      7,
      ['lake'],
      { toString: () => 'lake' },
      '__proto__',
      'constructor',
      'service:lake',
      'Lake',
      '',
    ]) {
      const access = rbac({ roles: {}, services, serviceOf: () => answer as never, env: environment() })
      expect(may(access, {}), JSON.stringify(answer)).toBe(false)
    }
    const failing = rbac({
      roles: {},
      services,
      serviceOf: () => {
        throw new Error('SECRET')
      },
      env: environment(),
    })
    expect(may(failing, { roles: ['service:lake'] })).toBe(true)
    expect(may(failing, {})).toBe(false)
    return expect.poll(() => warnings.join()).toMatch(/serviceOf threw Error (?!.*SECRET)/)
  })

  it('has no roles by being one', () => {
    const access = rbac({ roles: { lake: ['*'] }, services, serviceOf: () => 'lake', env: environment() })
    expect(access.can(principal({ roles: undefined as never }), 'data/x:write')).toBe(true)
    expect(access.can(principal({ roles: 'lake' as never }), 'orders:read')).toBe(false)
  })
})

describe('what is handed over in place of a caller', () => {
  const access = () => rbac({ roles: { boss: ['*'] }, env: environment() })
  const order = {}

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a name', 'boss'],
    ['a list', ['boss']],
    ['an object without subject', { roles: ['boss'] }],
    ['a request that met no gate', { headers: {}, roles: ['boss'] }],
    ['a context that met no gate', { req: { headers: {} }, state: {}, roles: ['boss'] }],
    ['a function', () => ({ subject: 'u1', roles: ['boss'] })],
  ])('is nobody: %s', (_, who) => {
    expect(refusal(() => access().check(who as object, 'orders:read', order))).toContain('ERR_UNAUTHENTICATED')
    expect(refusal(() => access().pick(who as object, 'orders:read', order))).toContain('ERR_UNAUTHENTICATED')
    expect(refusal(() => access().strip(who as object, 'orders:read', order))).toContain('ERR_UNAUTHENTICATED')
    expect(access().filter(who as object, 'orders:read').condition).toEqual({ op: 'never' })
    expect(access().explain(who as object, 'orders:read')).toMatchObject({ decision: 'denied', reason: 'nobody' })
  })
})

describeHosts('a request whose own parts pretend to be a principal', (host) => {
  it('is judged by its login alone', async () => {
    const env = environment()
    const access = rbac({ roles: { viewer: ['orders:read'], boss: ['*'] }, env })
    const app = await host.start({
      use: [loggedIn(env, { roles: ['viewer'] })],
      handler: ({ seen }) => {
        Object.assign(seen, { subject: 'root', roles: ['boss'] })
        return { body: access.filter(seen, 'orders:delete').condition.op }
      },
    })
    expect(await (await app.fetch('/orders')).text()).toBe('never')
  })
})

describeHosts('a policy that changes while an object is fetched', (host) => {
  it('decides as it is when the object has come', async () => {
    const env = environment()
    const own: PolicyDocument = { roles: { clerk: [{ permission: 'orders:read', when: { owner: 'ownerId' } }] } }
    const access = rbac({ policy: own, env })
    const gate = access.require('orders:read', {
      load: async () => {
        await access.reload({ roles: { clerk: [{ permission: 'orders:read', when: { owner: 'editorId' } }] } })
        return { ownerId: 'u1', editorId: 'u2' }
      },
    })
    const app = await host.start({ use: [loggedIn(env, { roles: ['clerk'] })], route: [gate] })
    expect((await app.fetch('/orders')).status).toBe(403)
  })
})

describeHosts('the principal of a request that still owes a check', (host) => {
  it('is the login’s in every part, and frozen', async () => {
    const env = environment()
    const access = rbac({ roles: { clerk: [{ permission: 'orders:read', when: { owner: 'ownerId' } }] }, env })
    const login = {
      roles: ['clerk'],
      tenant: 'acme',
      amr: ['otp'],
      acr: 'gold',
      authTime: 5,
      sid: 's1',
      scopes: ['orders:read'],
    }
    let seen: Exchange | undefined
    const app = await host.start({
      use: [loggedIn(env, login)],
      route: [access.require('orders:read')],
      handler: (call) => {
        seen = exchangeOf(call.seen)
        expect(call.principal).toBe(seen!.principal)
        access.check(call.principal, 'orders:read', { ownerId: 'u1' })
        return { body: 'ok' }
      },
    })
    expect((await app.fetch('/orders')).status).toBe(200)
    expect(seen!.principal).toMatchObject({ ...login, subject: 'u1', credential: { kind: 'bearer' } })
    expect(Object.isFrozen(seen!.principal)).toBe(true)
  })
})

describe('a source that misbehaves', () => {
  const good: PolicySource = {
    name: 'ours',
    read: () => Promise.resolve({ mark: '1', document: () => ({ roles: { viewer: ['a:b'] } }) }),
  }
  const viewer = principal({ roles: ['viewer'] })

  it.each<[string, Partial<PolicySource>, string]>([
    [
      'rejects',
      { read: () => Promise.reject(new Error('password=SECRET')) },
      'ERR_RBAC_POLICY_UNAVAILABLE The policy of ours could not be read',
    ],
    [
      'throws when its document is asked for',
      {
        read: () =>
          Promise.resolve({
            mark: '1',
            document: () => {
              throw new TypeError('SECRET')
            },
          }),
      },
      'ERR_RBAC_POLICY_UNAVAILABLE',
    ],
    [
      'gives no policy',
      { read: () => Promise.resolve({ mark: '1', document: () => 'roles' }) },
      'ERR_OPTION rbac: policy: options must be an object',
    ],
    ['gives nothing', { read: () => Promise.resolve(undefined as never) }, 'ERR_RBAC_POLICY_UNAVAILABLE'],
  ])('grants nothing: it %s', async (_, part, message) => {
    const access = rbac({ policy: { ...good, ...part }, env: environment() })
    const given = await refusalOf(access.ready())
    expect(given).toContain(message)
    expect(given).not.toContain('SECRET')
    expect(access.can(viewer, 'a:b')).toBe(false)
  })

  it('calls too often, and is read once at a time', async () => {
    let reading = 0
    let most = 0
    let changed!: () => void
    const access = rbac({
      policy: {
        name: 'eager',
        async read() {
          most = Math.max(most, ++reading)
          await new Promise((resolve) => void setTimeout(resolve, 2))
          reading--
          return good.read(environment())
        },
        watch(_, onChange) {
          changed = onChange
          return () => undefined
        },
      },
      env: environment(),
    })
    for (let i = 0; i < 100; i++) changed()
    await access.ready()
    expect([most, access.can(viewer, 'a:b')]).toEqual([1, true])
  })

  it('tells of a change while it is read: the change is not lost', async () => {
    let text = ['a:b']
    let changed!: () => void
    let hold: Promise<void> = Promise.resolve()
    const access = rbac({
      policy: {
        name: 'busy',
        async read() {
          const mark = text.join()
          const roles = { viewer: [...text] }
          await hold
          return { mark, document: () => ({ roles }) }
        },
        watch(_, onChange) {
          changed = onChange
          return () => undefined
        },
      },
      env: environment(),
    })
    await access.ready()
    let release!: () => void
    hold = new Promise((resolve) => (release = resolve))
    text = ['a:c']
    changed()
    await new Promise((resolve) => void setImmediate(resolve))
    text = ['a:d']
    changed()
    release()
    await expect.poll(() => access.can(viewer, 'a:d')).toBe(true)
  })
})
