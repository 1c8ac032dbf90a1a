import { createEnvironment } from '@sallyport/core'
import { sessionTracker } from '@sallyport/session-tracker'
import { expect, it, onTestFinished } from 'vitest'

const make = (options: object) => () => {
  const env = createEnvironment()
  onTestFinished(() => env.close())
  return sessionTracker({ env, ...options })
}

it.each<[object, RegExp]>([
  [{ idel: 60 }, /unknown option `idel` \(did you mean `idle`\?\)/],
  [{ idle: 0 }, /option `idle` was 0/],
  [{ idle: 7200, absolute: 3600 }, /option `idle` was 7200; accepted is at most `absolute` \(3600\)/],
  [{ idle: 60, lastSeenInterval: 60 }, /`lastSeenInterval` was 60; accepted is at most half of `idle`/],
  [{ addresses: 'hashed' }, /option `addresses`/],
  [{ geo: {} }, /option `geo`.*maxmindGeo/],
  [{ limit: 0 }, /option `limit`/],
  [{ limit: {} }, /option `most`/],
  [{ limit: { most: 3, role: { admin: 1 } } }, /did you mean `roles`/],
  [{ limit: { most: 3, roles: { admin: 0 } } }, /option `roles`/],
  [{ limit: { most: 3, beyond: 'ask' } }, /option `beyond` was 'ask'/],
  [{ hijack: 'strict' }, /option `hijack`/],
  [{ hijack: { mode: 'on' } }, /option `mode`/],
  [{ hijack: { logFrom: 60 } }, /must be in this order/],
  [{ deviceCookie: 'device' }, /__Host-/],
  [{ cookie: 'sid' }, /__Host-/],
  [{ clearSiteData: ['history'] }, /option `clearSiteData`/],
  [{ onStoreFailure: 'pass' }, /option `onStoreFailure`/],
  [{ env: {} }, /option `env`/],
])('%j is refused, and told what is accepted', (options, message) => {
  expect(make(options)).toThrow(
    expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringMatching(message) as string }),
  )
})

it('what is no store is not guarded', () => {
  const sessions = make({})()
  expect(() => sessions.expressStore({} as never)).toThrow(/sessions\.expressStore.*RedisStore/)
  expect(() => sessions.koaStore(undefined as never)).toThrow(/sessions\.koaStore/)
})

it('what asks for a request without one says so', async () => {
  const sessions = make({ cookie: true })()
  await expect(sessions.track({}, { subject: 'ada' })).rejects.toMatchObject({ code: 'ERR_NO_EXCHANGE' })
  expect(() => sessions.current({})).toThrow(expect.objectContaining({ code: 'ERR_NO_EXCHANGE' }))
})
