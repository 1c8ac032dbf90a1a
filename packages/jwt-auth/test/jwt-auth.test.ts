import { describe, expect, it } from 'vitest'
import { jwtAuth } from '@sallyport/jwt-auth'
import { guarded, testEnvironment, testIssuer } from './support/app.ts'
describe('smoke', () => {
  it('works', async () => {
    const issuer = await testIssuer()
    const auth = jwtAuth({ issuer: issuer.issuer, audience: 'orders-api', env: testEnvironment() })
    const { ask } = await guarded(auth, ({ req }) => ({ sub: auth.principalOf(req) }))
    console.log(await ask(await issuer.token()))
    console.log(await ask())
    console.log(await ask('a.b.c'))
  })
})
