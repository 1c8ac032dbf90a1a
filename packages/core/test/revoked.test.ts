import { createMemoryStore, identify, type Store, type StoreFailurePolicy } from '@sallyport/core'
import { createTestClock } from '@sallyport/core/testing'
import { expect, it } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { headersOf } from '../../../test/hosts/host.ts'
import { bearer, environment } from './support.ts'

/** A store whose log can be made to fail. */
function breakable(store: Store): Store & { broken: boolean } {
  const wrapped = {
    ...store,
    broken: false,
    readSince: (...args: Parameters<Store['readSince']>) =>
      wrapped.broken ? Promise.reject(new Error('redis://:pw@10.0.0.1 is down')) : store.readSince(...args),
  }
  return wrapped
}

describeHosts('a store that fails', (host) => {
  const start = async (policy: StoreFailurePolicy | undefined, brokenFromStart: boolean) => {
    const clock = createTestClock()
    const store = breakable(createMemoryStore({ clock }))
    store.broken = brokenFromStart
    const env = environment({ store, clock })
    const login = (seen: object) => {
      const headers = headersOf(seen)
      return bearer(headers['x-login'] ?? 'nobody', { sid: headers['x-login'] ?? 'none' })
    }
    const app = await host.start({ use: [identify(login, { env, ...(policy && { onStoreFailure: policy }) })] })
    const ask = async (who: string) => {
      const response = await app.fetch('/orders', { headers: { 'x-login': who } })
      expect(await response.text()).not.toMatch(/redis|pw/)
      if (response.status === 503) expect(response.headers.get('retry-after')).toMatch(/^\d+$/)
      return response.status
    }
    const revoke = (sid: string) =>
      env.revocations.revoke({
        kind: 'session',
        issuer: 'local',
        id: sid,
        expiresAt: clock.now() / 1000 + 3600,
        reason: 'x',
      })
    return { clock, store, ask, revoke }
  }

  it('closed, the default: 503 when the list is too old, and service is back with the store', async () => {
    const { clock, store, ask, revoke } = await start(undefined, false)
    await revoke('eve')
    expect([await ask('ada'), await ask('eve')]).toEqual([200, 401])
    store.broken = true
    await clock.advance(5_000)
    expect([await ask('ada'), await ask('eve')]).toEqual([200, 401])
    await clock.advance(30_000)
    expect([await ask('ada'), await ask('eve')]).toEqual([503, 503])
    store.broken = false
    await clock.advance(1_000)
    expect([await ask('ada'), await ask('eve')]).toEqual([200, 401])
  })

  it('last-known-good: what was revoked stays refused, the others pass', async () => {
    const { clock, store, ask, revoke } = await start('last-known-good', false)
    await revoke('eve')
    await ask('ada')
    store.broken = true
    await clock.advance(60_000)
    expect([await ask('ada'), await ask('eve')]).toEqual([200, 401])
  })

  it('open, where the app says so by name: everybody passes who is not known to be refused', async () => {
    const { clock, store, ask, revoke } = await start('open', false)
    await revoke('eve')
    expect(await ask('eve')).toBe(401)
    store.broken = true
    await clock.advance(60_000)
    expect([await ask('ada'), await ask('eve')]).toEqual([200, 401])
  })

  it('from the start: nothing was ever known, so only open lets anybody in', async () => {
    for (const [policy, status] of [
      ['closed', 503],
      ['last-known-good', 503],
      ['open', 200],
    ] as const) {
      const { ask } = await start(policy, true)
      expect(await ask('ada'), policy).toBe(status)
    }
  })

  it('after the process was asleep: the store is asked anew before anybody is refused', async () => {
    const { clock, ask, revoke } = await start('closed', false)
    await revoke('eve')
    expect(await ask('ada')).toBe(200)
    // No timer runs while a machine sleeps.
    clock.set(clock.now() + 600_000)
    expect([await ask('ada'), await ask('eve')]).toEqual([200, 401])
  })
})
