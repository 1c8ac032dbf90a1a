import type { StoreFailurePolicy } from '@sallyport/core'
import { describe, expect, it } from 'vitest'
import { postgres, redis } from './backends.ts'
import { setScene } from './scene.ts'
import { ask } from './traffic.ts'

/**
 * What each policy answers while the store is gone: on a node that has read the list of revocations, before and after that is too old to
 * rely on, and on a node that starts only then and has never read it.
 */
const policies: readonly {
  readonly policy: StoreFailurePolicy
  readonly stale: { readonly good: number; readonly revoked: number }
  readonly newcomer: { readonly good: number; readonly revoked: number }
}[] = [
  { policy: 'closed', stale: { good: 503, revoked: 503 }, newcomer: { good: 503, revoked: 503 } },
  { policy: 'last-known-good', stale: { good: 200, revoked: 401 }, newcomer: { good: 503, revoked: 503 } },
  { policy: 'open', stale: { good: 200, revoked: 401 }, newcomer: { good: 200, revoked: 200 } },
]

describe.each([redis, postgres])('while $name is gone', (backend) => {
  it.each(policies)('a gate that fails $policy', async ({ policy, stale, newcomer }) => {
    const scene = await setScene(backend, { onStoreFailure: policy })
    const [good, revoked] = [await scene.token(), await scene.token()]
    const [app] = scene.node.apps
    expect(await ask(app!, good, 'revoke', revoked.jti)).toBe(200)
    const { apps } = scene.node
    const answers = async (on = apps): Promise<unknown> =>
      Promise.all(on.map(async (one) => ({ good: await ask(one, good), revoked: await ask(one, revoked) })))
    const both = (answer: object): object[] => apps.map(() => answer)
    expect(await answers()).toEqual(both({ good: 200, revoked: 401 }))

    await scene.server.kill()
    const late = await scene.startNode({ onStoreFailure: policy })
    expect(await answers()).toEqual(both({ good: 200, revoked: 401 }))
    expect(await answers(late.apps)).toEqual(both(newcomer))
    scene.clock.leap(11_000)
    expect(await answers()).toEqual(both(stale))
    // What needs the store itself has no other answer, whatever the policy.
    for (const one of apps) expect(await ask(one, good, 'note', 'n')).toBe(503)

    await scene.server.restart()
    await expect.poll(() => answers()).toEqual(both({ good: 200, revoked: 401 }))
    await expect.poll(() => answers(late.apps)).toEqual(both({ good: 200, revoked: 401 }))
  })
})
