import type { Login, Middleware } from '@sallyport/core'
import { sessionTracker, type SessionInfo, type SessionTracker } from '@sallyport/session-tracker'
import { expectTypeOf, it } from 'vitest'

/** Never called: the compiler alone looks at it. */
export function compiles(sessions: SessionTracker): void {
  // @ts-expect-error an ending has a reason
  void sessions.end({ issuer: 'local', subject: 'ada' }, 'id', {})
  // @ts-expect-error an account has an issuer
  void sessions.list({ subject: 'ada' })
  // @ts-expect-error a login has a subject
  void sessions.track({}, { roles: [] })
  // @ts-expect-error a misspelt option
  sessionTracker({ idel: 60 })
  // @ts-expect-error a store has a way to read
  sessions.expressStore({ set: () => undefined, destroy: () => undefined })
}

it('what is made is a middleware, and what it tells is typed', () => {
  expectTypeOf<SessionTracker>().toExtend<Middleware>()
  expectTypeOf<Parameters<SessionTracker['track']>[1]>().toEqualTypeOf<Login | undefined>()
  expectTypeOf<ReturnType<SessionTracker['list']>>().resolves.toEqualTypeOf<SessionInfo[]>()
  expectTypeOf<SessionInfo['country']>().toEqualTypeOf<string | undefined>()
})
