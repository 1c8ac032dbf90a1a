import { describe, expect, it } from 'vitest'
import { UPSTREAM_SECRET, type ServerMode } from '@sallyport/jwt-auth/testing'
import { opaqueScene } from '../support/opaque-scene.ts'

const code = 'ERR_JWT_INTROSPECTION_UNAVAILABLE'

describe('an introspection endpoint that does not answer', () => {
  it.each<ServerMode>(['down', 'reset', 'redirect', 'garbage', 'html', 'huge', 'empty'])(
    '%s: 503 with Retry-After, never invalid_token, and nothing of its text',
    async (mode) => {
      const { issuer, ask, app } = await opaqueScene()
      issuer.server.mode = mode
      const answer = await ask(issuer.opaqueToken())
      expect(answer).toMatchObject({ status: 503, code, challenge: null, retryAfter: '1' })
      expect(answer.text + String((app.errors[0] as Error).stack)).not.toContain(UPSTREAM_SECRET)
      // A redirect was not followed with the secret.
      expect(issuer.server.requests.filter((path) => path.startsWith('/elsewhere'))).toEqual([])
    },
  )

  it('in time: 503', async () => {
    const { clock, issuer, ask } = await opaqueScene({ introspection: { timeout: 2 } })
    issuer.server.mode = 'hang'
    const answer = ask(issuer.opaqueToken())
    await expect.poll(() => issuer.introspections).toBe(1)
    await clock.advance(2000)
    expect(await answer).toMatchObject({ status: 503, code })
  })

  it('because our secret is wrong: 503, for no token can be told from another', async () => {
    const { issuer, ask } = await opaqueScene({ introspection: { clientSecret: 'wrong' } })
    expect(await ask(issuer.opaqueToken())).toMatchObject({ status: 503, code })
  })

  it('because the app’s assertion cannot be made: 503 and nothing of the reason', async () => {
    const clientAssertion = (): string => {
      throw new Error('very-private')
    }
    const { issuer, ask } = await opaqueScene({ introspection: { clientSecret: undefined, clientAssertion } as object })
    const answer = await ask(issuer.opaqueToken())
    expect(answer).toMatchObject({ status: 503, code })
    expect(answer.text).not.toContain('very-private')
  })

  it.each([{}, { active: 'true' }, { active: 1 }, [], null, 'active', { active: true, deep: nested(40) }])(
    'as the RFC has it, but with %j: 503',
    async (document) => {
      const { issuer, ask } = await opaqueScene()
      issuer.server.documents.set('/introspect', () => document)
      expect(await ask('token')).toMatchObject({ status: 503, code })
    },
  )

  it('is asked once in each step of the back-off, whatever comes in', async () => {
    const { clock, issuer, ask } = await opaqueScene()
    issuer.server.mode = 'down'
    const waits: (string | null)[] = []
    // Before the first failure nothing is known.
    expect((await ask('first')).code).toBe(code)
    for (let step = 1; step <= 7; step++) {
      const answers = await Promise.all(Array.from({ length: 10 }, () => ask(issuer.opaqueToken())))
      expect(new Set(answers.map((answer) => answer.code))).toEqual(new Set([code]))
      expect(issuer.introspections).toBe(step)
      waits.push((await ask('another')).retryAfter)
      clock.set(clock.now() + Number(waits.at(-1)) * 1000)
    }
    expect(waits).toEqual(['1', '2', '4', '8', '16', '30', '30'])
    issuer.server.mode = 'up'
    expect((await ask(issuer.opaqueToken())).status).toBe(200)
    expect((await ask(issuer.opaqueToken())).status).toBe(200)
  })

  it('attack: is no outage when it does not want one token, which somebody has made up', async () => {
    const { issuer, ask, auth } = await opaqueScene()
    const introspect = issuer.server.documents.get('/introspect')!
    issuer.server.documents.set('/introspect', (request) =>
      request.form.get('token') === 'odd' ? 400 : introspect(request),
    )
    for (let i = 0; i < 5; i++) expect(await ask('odd')).toMatchObject({ status: 503, code })
    expect(auth.health()).toMatchObject({ issuers: [{ introspection: 'ready' }] })
    expect((await ask(issuer.opaqueToken())).status).toBe(200)
  })

  it('does not touch what is remembered, nor JWTs', async () => {
    const { issuer, ask } = await opaqueScene()
    const known = issuer.opaqueToken()
    const jwt = await issuer.token()
    expect((await ask(known)).status).toBe(200)
    expect((await ask(jwt)).status).toBe(200)
    issuer.server.mode = 'down'
    expect((await ask(issuer.opaqueToken())).code).toBe(code)
    expect((await ask(known)).status).toBe(200)
    expect((await ask(jwt)).status).toBe(200)
    expect((await ask(await issuer.token())).status).toBe(200)
  })

  it('is told by health and events, once, and does not keep a probe away for ever', async () => {
    const { clock, issuer, ask, auth, events } = await opaqueScene()
    expect((await ask(await issuer.token())).status).toBe(200)
    expect(auth.health()).toMatchObject({ ready: true, issuers: [{ introspection: 'ready' }] })
    issuer.server.mode = 'down'
    for (let i = 0; i < 5; i++) await ask(`token-${i}`)
    expect(auth.health()).toMatchObject({ ready: false, issuers: [{ keys: 'ready', introspection: 'unavailable' }] })
    clock.set(clock.now() + 1000)
    expect(auth.health().ready).toBe(true)
    issuer.server.mode = 'up'
    expect((await ask(issuer.opaqueToken())).status).toBe(200)
    const part = 'jwt-auth introspection'
    expect(events.of('health.changed').map(({ detail }) => detail)).toEqual([
      { part, healthy: false, detail: issuer.issuer },
      { part, healthy: true, detail: issuer.issuer },
    ])
  })

  it('never makes a wrong token a good one, while it flaps', async () => {
    const { clock, issuer, ask } = await opaqueScene({ introspection: { maxAge: 5 } })
    const good = issuer.opaqueToken()
    for (let i = 0; i < 200; i++) {
      issuer.server.mode = i % 3 === 0 ? 'down' : 'up'
      clock.set(clock.now() + 700)
      const answers = await Promise.all([ask(good), ask(`forged-${i}`)])
      expect([200, 503]).toContain(answers[0].status)
      expect([401, 503]).toContain(answers[1].status)
    }
  })
})

function nested(depth: number): unknown {
  return depth === 0 ? 1 : [nested(depth - 1)]
}
