import type { Environment } from '@sallyport/core'
import type { Call, Reply } from '../hosts/host.ts'

const HOUR = 3_600_000
const text = new TextEncoder()

/** What an app does with state, each by the one call that is right for it; `?do=` says what, `id=` on what. */
export type Deed = 'read' | 'redeem' | 'note' | 'count' | 'revoke'

/** The handler of the guarded route. Its failures go where those of the gates go. */
export function handlerOn({ store, revocations, clock }: Environment, issuer: string): (call: Call) => Promise<Reply> {
  return async ({ req }) => {
    const asked = new URL(req.url ?? '', 'http://app').searchParams
    const id = asked.get('id') ?? ''
    switch ((asked.get('do') ?? 'read') as Deed) {
      case 'read':
        return { body: 'reached' }
      case 'redeem': {
        const { ok } = await store.commit('codes', [{ delete: id, if: 'present' }])
        return { status: ok ? 200 : 409 }
      }
      case 'note':
        await store.commit('notes', [{ put: id, value: text.encode(id), ttl: HOUR, owner: 'alice' }])
        return { status: 200 }
      case 'count':
        return { body: String(await store.increment({ partition: 'counts', id }, 1, { ttl: HOUR })) }
      case 'revoke': {
        const expiresAt = Math.floor(clock.now() / 1000) + 600
        await revocations.revoke({ kind: 'token', issuer, id, expiresAt, reason: 'test' })
        return { status: 200 }
      }
    }
  }
}
