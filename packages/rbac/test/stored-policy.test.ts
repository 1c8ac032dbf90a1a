import { createEnvironment, createMemoryStore, storeUnavailable, type Environment, type Store } from '@sallyport/core'
import { captureEvents, createTestClock, type TestClock } from '@sallyport/core/testing'
import { rbac, type Access, type PolicyDocument } from '@sallyport/rbac'
import { publishPolicy, storedPolicy } from '@sallyport/rbac/sources'
import { describe, expect, it, onTestFinished } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { environment, loggedIn, principal, refusal, refusalOf } from './support.ts'

const reading: PolicyDocument = { roles: { viewer: ['orders:read'] } }
const writing: PolicyDocument = { roles: { viewer: ['orders:write'] } }
const viewer = principal({ roles: ['viewer'] })
const state = (access: Access): string =>
  ['orders:read', 'orders:write'].filter((one) => access.can(viewer, one)).join()

/** A store that can be made to fail, and to lose its hints. */
function unreliable(inner: Store): { store: Store; fail(failing: boolean): void; deaf: boolean } {
  const control = { failing: false, deaf: false }
  const guard =
    <Arguments extends unknown[], Result>(method: (...given: Arguments) => Promise<Result>) =>
    (...given: Arguments): Promise<Result> =>
      control.failing ? Promise.reject(storeUnavailable('The store is down')) : method(...given)
  const store: Store = {
    ...inner,
    kind: inner.kind,
    durable: inner.durable,
    generation: guard(() => inner.generation()),
    get: guard((key) => inner.get(key)),
    commit: guard((partition, changes) => inner.commit(partition, changes)),
    append: guard((log, value, options) => inner.append(log, value, options)),
    readSince: guard((log, after, options) => inner.readSince(log, after, options)),
    subscribe: guard((log, onHint) => inner.subscribe(log, () => void (control.deaf || onHint()))),
    increment: guard((key, by, options) => inner.increment(key, by, options)),
    listOwned: guard((partition, owner, options) => inner.listOwned(partition, owner, options)),
    cleanup: () => inner.cleanup(),
    // Shared by several environments: none of them ends it.
    close: () => Promise.resolve(),
  }
  return {
    store,
    fail: (failing) => void (control.failing = failing),
    set deaf(deaf: boolean) {
      control.deaf = deaf
    },
  }
}

function node(store: Store, clock: TestClock): Environment {
  const env = createEnvironment({ store, clock })
  onTestFinished(() => env.close())
  return env
}

describe('storedPolicy()', () => {
  it('is in force on all nodes when it was published, also on those that start later', async () => {
    const clock = createTestClock()
    const { store } = unreliable(createMemoryStore({ clock }))
    const [one, two] = [node(store, clock), node(store, clock)]
    const version = await publishPolicy(reading, { env: one })
    const nodes = [one, two].map((env) => rbac({ policy: storedPolicy(), env }))
    await Promise.all(nodes.map((access) => access.ready()))
    expect(nodes.map((access) => [state(access), access.version])).toEqual([
      ['orders:read', version],
      ['orders:read', version],
    ])
    const next = await publishPolicy(writing, { env: two })
    await clock.advance(10)
    const late = rbac({ policy: storedPolicy(), env: node(store, clock) })
    await late.ready()
    expect([...nodes, late].map((access) => [state(access), access.version])).toEqual(
      Array.from({ length: 3 }, () => ['orders:write', next]),
    )
  })

  it('is found by polling where the hint is lost', async () => {
    const clock = createTestClock()
    const shared = unreliable(createMemoryStore({ clock }))
    const env = node(shared.store, clock)
    await publishPolicy(reading, { env })
    const access = rbac({ policy: storedPolicy({ pollInterval: 2000 }), env })
    await access.ready()
    shared.deaf = true
    await publishPolicy(writing, { env })
    await clock.advance(1990)
    expect(state(access)).toBe('orders:read')
    await clock.advance(20)
    expect(state(access)).toBe('orders:write')
  })

  it('grants nothing before it has come', async () => {
    const env = environment()
    const access = rbac({ policy: storedPolicy(), env })
    expect(state(access)).toBe('')
    expect(await refusalOf(access.ready())).toBe(
      "ERR_RBAC_POLICY_UNAVAILABLE No policy 'default' was published to the Store",
    )
    expect(refusal(() => access.check(viewer, 'orders:read', {}))).toContain('ERR_RBAC_POLICY_UNAVAILABLE')
    await publishPolicy(reading, { env })
    await access.ready()
    expect(state(access)).toBe('orders:read')
  })

  it('stays in force through a failure of the store, which is told once, and follows it afterwards', async () => {
    const clock = createTestClock()
    const shared = unreliable(createMemoryStore({ clock }))
    const env = node(shared.store, clock)
    await publishPolicy(reading, { env })
    const access = rbac({ policy: storedPolicy({ pollInterval: 1000 }), env })
    await access.ready()
    using events = captureEvents(env)
    const told = (): boolean[] =>
      events.of('health.changed').flatMap(({ detail }) => (detail.part === 'rbac.policy' ? [detail.healthy] : []))
    shared.fail(true)
    for (let i = 0; i < 5; i++) await clock.advance(1000)
    expect([state(access), told()]).toEqual(['orders:read', [false]])
    expect(events.of('authz.policy').map(({ detail }) => [detail.applied, detail.code])).toEqual([
      [false, 'ERR_STORE_UNAVAILABLE'],
    ])
    shared.fail(false)
    await publishPolicy(writing, { env })
    for (let i = 0; i < 20; i++) await clock.advance(1000)
    expect([state(access), told()]).toEqual(['orders:write', [false, true]])
  })

  it('stays in force where the store has lost it', async () => {
    const clock = createTestClock()
    const { store } = unreliable(createMemoryStore({ clock }))
    const env = node(store, clock)
    await publishPolicy(reading, { env })
    const access = rbac({ policy: storedPolicy({ pollInterval: 1000 }), env })
    await access.ready()
    await store.commit('sallyport.rbac', [{ delete: 'head:default' }, { delete: 'policy:default' }])
    for (let i = 0; i < 3; i++) await clock.advance(1000)
    expect(state(access)).toBe('orders:read')
    expect(await refusalOf(access.reload())).toContain('ERR_RBAC_POLICY_UNAVAILABLE')
  })

  it('keeps several apart by name', async () => {
    const env = environment()
    await publishPolicy(reading, { env, name: 'shop' })
    await publishPolicy(writing, { env, name: 'back.office-2' })
    const [shop, office] = ['shop', 'back.office-2'].map((name) => rbac({ policy: storedPolicy({ name }), env }))
    await Promise.all([shop!.ready(), office!.ready()])
    expect([state(shop!), state(office!)]).toEqual(['orders:read', 'orders:write'])
  })

  it('ends with its environment', async () => {
    const clock = createTestClock()
    const inner = createMemoryStore({ clock })
    const env = createEnvironment({ store: { ...unreliable(inner).store }, clock })
    await publishPolicy(reading, { env })
    const access = rbac({ policy: storedPolicy({ pollInterval: 1000 }), env })
    await access.ready()
    await env.close()
    await clock.advance(10_000)
    expect(state(access)).toBe('orders:read')
  })

  it('refuses wrong options', () => {
    expect(refusal(() => storedPolicy({ name: 'a b' }))).toContain('ERR_OPTION storedPolicy: option `name`')
    expect(refusal(() => storedPolicy({ pollInterval: 1 }))).toContain('from 10 to 86400000')
  })
})

describe('publishPolicy()', () => {
  it('refuses what no node could take over, and publishes nothing of it', async () => {
    const env = environment()
    const version = await publishPolicy(reading, { env })
    expect(await refusalOf(publishPolicy({ roles: { viewer: ['orders:'] } }, { env }))).toContain('ERR_OPTION')
    expect(await refusalOf(publishPolicy({} as never, { env }))).toContain('option `roles` was undefined')
    expect(await refusalOf(publishPolicy(reading, {} as never))).toContain('publishPolicy: option `env` was undefined')
    const access = rbac({ policy: storedPolicy(), env })
    await access.ready()
    expect(access.version).toBe(version)
  })

  it('refuses a function: stored without its condition a rule would grant to everybody', async () => {
    const env = environment()
    const coded: PolicyDocument = { roles: { viewer: [{ permission: 'orders:read', when: () => false }] } }
    expect(await refusalOf(publishPolicy(coded, { env }))).toMatch(
      /ERR_OPTION publishPolicy: .*a condition, not a function/,
    )
    expect(await refusalOf(rbac({ policy: storedPolicy(), env }).ready())).toContain('ERR_RBAC_POLICY_UNAVAILABLE')
  })

  it('does not overwrite what somebody else has published meanwhile', async () => {
    const env = environment()
    const first = await publishPolicy(reading, { env })
    const second = await publishPolicy(writing, { env, replaces: first })
    expect(await refusalOf(publishPolicy(reading, { env, replaces: first }))).toContain('ERR_RBAC_POLICY_CONFLICT')
    expect(await refusalOf(publishPolicy(reading, { env, name: 'other', replaces: first }))).toContain(
      'ERR_RBAC_POLICY_CONFLICT',
    )
    const both = await Promise.all([
      refusalOf(publishPolicy(reading, { env, replaces: second })),
      refusalOf(publishPolicy({ roles: {} }, { env, replaces: second })),
    ])
    expect(both.toSorted()).toEqual([expect.stringContaining('ERR_RBAC_POLICY_CONFLICT'), 'accepted'])
  })
})

describeHosts('a route whose policy comes from a Store', (host) => {
  it('waits for the policy, and answers 503 where it cannot be read', async () => {
    const env = environment()
    const access = rbac({ policy: storedPolicy(), env })
    const app = await host.start({
      use: [loggedIn(env, { roles: ['viewer'] })],
      route: [access.require('orders:read')],
    })
    const refused = await app.fetch('/orders')
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/)
    expect(await refused.json()).toMatchObject({ code: 'ERR_RBAC_POLICY_UNAVAILABLE' })
    await publishPolicy(reading, { env })
    expect((await app.fetch('/orders')).status).toBe(200)
    await publishPolicy(writing, { env })
    await expect.poll(async () => (await app.fetch('/orders')).status).toBe(403)
  })
})
