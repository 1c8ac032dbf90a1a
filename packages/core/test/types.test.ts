import type { Environment, Middleware, Principal, SecurityEvent } from '@sallyport/core'
import {
  compose,
  createEnvironment,
  guardUpgrade,
  identify,
  onSecurityEvent,
  problemDetails,
  fromPassport,
} from '@sallyport/core'
import { expect, expectTypeOf, it } from 'vitest'
import { mountEverywhere } from '../../../test/hosts/types.ts'
import { environment } from './support.ts'

it('one middleware is accepted by every host, and later handlers keep their types', () => {
  const gate: Middleware = identify(() => undefined, { env: environment() })
  // Compiled against the declarations of Express 4 and 5, Connect, Koa 2 and 3 and @koa/router.
  expect(mountEverywhere(gate, problemDetails())).toBe(10)
})

it('misuse does not compile', () => {
  const env: Environment = environment()
  const gate = identify(() => undefined, { env })
  const never = (): void => {
    // @ts-expect-error an unknown option
    createEnvironment({ trustedProxy: [] })
    // @ts-expect-error a header that nobody writes
    createEnvironment({ forwardedHeader: 'x-real-ip' })
    // @ts-expect-error a login without a subject
    identify(() => ({ roles: [] }), { env })
    // @ts-expect-error a function that is no middleware of Sallyport
    compose(gate, () => undefined)
    // @ts-expect-error no gate at all
    compose()
    // @ts-expect-error no gate at all
    guardUpgrade(null as never)
    // @ts-expect-error a principal is read, not written
    ;(null as never as Principal).subject = 'eve'
    // @ts-expect-error an event that nobody publishes
    void env.publish('gate.opened', {})
    // @ts-expect-error a detail that the event does not have
    void env.publish('revocation.recorded', { kind: 'token' })
  }
  expect(never).toBeTypeOf('function')
})

it('infers what callbacks are given', () => {
  identify(
    fromPassport((user: { id: number }) => {
      expectTypeOf(user.id).toBeNumber()
      return { subject: user.id }
    }),
    { env: environment() },
  )
  onSecurityEvent((event: SecurityEvent) => {
    if (event.type === 'gate.refused') expectTypeOf(event.detail.status).toBeNumber()
  })()
})
