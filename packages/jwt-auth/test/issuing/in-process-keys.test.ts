import { createMemoryStore } from '@sallyport/core'
import { jwtAuth, type JwtAuth } from '@sallyport/jwt-auth'
import type { TokenIssuer } from '@sallyport/jwt-auth/issuer'
import { describe, expect, it } from 'vitest'
import { guarded, type GuardedApp } from '../support/app.ts'
import { alice, AUDIENCE, DAY, ISSUER, pass, SECOND, startNode, startNodes, type Node } from './support/nodes.ts'
import { watched } from './support/watched-store.ts'

/** An app that takes the tokens of an issuer in its own process. */
async function taking(issuer: TokenIssuer, env: Node['env']): Promise<GuardedApp & { readonly auth: JwtAuth }> {
  const auth = jwtAuth({ issuer: ISSUER, audience: AUDIENCE, jwks: issuer.jwks, env })
  return { auth, ...(await guarded(auth)) }
}

const token = async ({ issuer }: Pick<Node, 'issuer'>): Promise<string> => (await issuer.accessToken(alice)).accessToken

describe('keys of an issuer in the same process', () => {
  it('need no server, and follow its rotation', async () => {
    const { issuer, env, clock } = startNode()
    const { ask, auth } = await taking(issuer, env)
    for (let i = 0; i < 100; i++) {
      expect((await ask(await token({ issuer }))).status, `day ${2 * i}`).toBe(200)
      expect(auth.health().ready).toBe(true)
      pass(clock, 2 * DAY)
    }
  })

  it('take tokens with them that were signed with a withdrawn one, within a minute', async () => {
    const { node, clock } = startNodes()
    const [one, two] = [node(), node()]
    const { ask } = await taking(one.issuer, one.env)
    const stolen = await token(two)
    expect((await ask(stolen)).status).toBe(200)
    await two.issuer.rotateKeys({ withdraw: true })
    pass(clock, 60 * SECOND)
    expect((await ask(stolen)).code).toBe('ERR_JWT_KEY')
    expect((await ask(await token(two))).status).toBe(200)
  })

  it('are used on for a while when the store is down', async () => {
    const { store, fail } = watched(createMemoryStore())
    const { node, clock } = startNodes()
    const { issuer, env } = node({}, { store })
    const { ask, auth } = await taking(issuer, env)
    const good = await token({ issuer })
    expect((await ask(good)).status).toBe(200)
    fail('get')
    pass(clock, 61 * SECOND)
    expect((await ask(good)).status).toBe(200)
    expect(auth.health().issuers).toMatchObject([{ keys: 'stale' }])
  })

  it('are not waited for without end', async () => {
    const { env, clock } = startNode()
    const auth = jwtAuth({ issuer: ISSUER, audience: AUDIENCE, jwks: () => new Promise(() => undefined), env })
    const { ask } = await guarded(auth)
    const { issuer } = startNode()
    const answer = ask(await token({ issuer }))
    await new Promise((resolve) => setTimeout(resolve, 50))
    await clock.advance(5 * SECOND)
    expect((await answer).code).toBe('ERR_JWT_KEYS_UNAVAILABLE')
  })
})
