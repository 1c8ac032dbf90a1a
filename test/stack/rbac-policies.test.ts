import { createEnvironment, type Environment, type Principal, type Store } from '@sallyport/core'
import { rbac, type Access, type PolicyDocument } from '@sallyport/rbac'
import { publishPolicy, storedPolicy } from '@sallyport/rbac/sources'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { everyStore, type StoreHome } from './stores.ts'

const reading: PolicyDocument = { roles: { viewer: ['orders:read'] } }
const writing: PolicyDocument = {
  roles: { viewer: [{ permission: 'orders:write', when: { owner: 'ownerId' } }], 'größe 日本': ['read'] },
}
const viewer: Principal = {
  issuer: 'local',
  subject: 'ada',
  roles: ['viewer'],
  amr: [],
  credential: { kind: 'session', ambient: true },
}

function node(store: Store): Environment {
  const env = createEnvironment({ store, storeDeadline: 10_000 })
  onTestFinished(() => env.close())
  return env
}

const state = (access: Access): string =>
  ['orders:read', 'orders:write'].filter((one) => access.can(viewer, one, { ownerId: 'ada' })).join()

describe.each(everyStore.map((kind) => [kind.name, kind] as const))('a policy in a Store: %s', (_, kind) => {
  let served: { home(): Promise<StoreHome>; stop(): Promise<void> }
  beforeAll(async () => {
    served = await kind.serve()
  })
  afterAll(() => served.stop())

  it('comes into force on every node, those that start later included', async () => {
    const home = await served.home()
    const [first, second] = [node(home.connect()), node(home.connect())]
    const version = await publishPolicy(reading, { env: first })
    const nodes = [first, second].map((env) => rbac({ policy: storedPolicy({ pollInterval: 200 }), env }))
    await Promise.all(nodes.map((access) => access.ready()))
    expect(nodes.map((access) => `${access.version} ${state(access)}`)).toEqual([
      `${version} orders:read`,
      `${version} orders:read`,
    ])

    const next = await publishPolicy(writing, { env: second, replaces: version })
    await expect.poll(() => nodes.map(state), { timeout: 20_000 }).toEqual(['orders:write', 'orders:write'])
    const late = rbac({ policy: storedPolicy(), env: node(home.connect()) })
    await late.ready()
    expect([...nodes, late].map((access) => access.version)).toEqual([next, next, next])
  })

  it('is published by one of several who replace the same version', async () => {
    const home = await served.home()
    const nodes = Array.from({ length: 4 }, () => node(home.connect()))
    const version = await publishPolicy(reading, { env: nodes[0]! })
    const outcomes = await Promise.allSettled(
      nodes.map((env, i) => publishPolicy({ roles: { viewer: [`orders:write${i}`] } }, { env, replaces: version })),
    )
    const published = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    expect(published).toHaveLength(1)
    for (const one of outcomes)
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'ERR_RBAC_POLICY_CONFLICT' })
    const access = rbac({ policy: storedPolicy(), env: nodes[3]! })
    await access.ready()
    expect(access.version).toBe(published[0])
  })
})
