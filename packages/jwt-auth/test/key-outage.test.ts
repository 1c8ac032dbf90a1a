import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { createTestClock } from '@sallyport/core/testing'
import { jwtAuth } from '@sallyport/jwt-auth'
import { guarded, testEnvironment, testIssuer } from './support/app.ts'
import { audience, background, MINUTE, scene } from './support/key-scene.ts'
import { UPSTREAM_SECRET, type ServerMode } from './support/key-server.ts'
import { makeKey, signWith } from './support/signing-key.ts'
import { accessToken } from './support/test-issuer.ts'

/** For what happens in the background, on a machine that has other things to do. */
const WAIT = { timeout: 20_000, interval: 20 }

describe('a key server that has never answered', () => {
  it.each<ServerMode>(['down', 'garbage', 'html', 'empty', 'huge', 'redirect', 'reset'])(
    'gives 503 with Retry-After when it is %s, never invalid_token, and nothing of its text',
    async (mode) => {
      const { issuer, ask, lasting, app } = await scene()
      issuer.server.mode = mode
      const answer = await ask(await lasting())
      expect(answer).toMatchObject({ status: 503, code: 'ERR_JWT_KEYS_UNAVAILABLE', challenge: null, retryAfter: '1' })
      expect(answer.text).not.toContain(UPSTREAM_SECRET)
      expect(JSON.stringify(app.errors) + String((app.errors[0] as Error).stack)).not.toContain(UPSTREAM_SECRET)
    },
  )

  it('gives 503 when it does not answer in time', async () => {
    const { clock, issuer, ask, lasting } = await scene()
    issuer.server.mode = 'hang'
    const answer = ask(await lasting())
    while (issuer.fetches === 0) await pause(1)
    await clock.advance(5000)
    expect(await answer).toMatchObject({ status: 503, retryAfter: '1' })
  })

  it('is asked once for many requests at once', async () => {
    const { issuer, ask, lasting } = await scene()
    issuer.server.mode = 'hang'
    const token = await lasting()
    const answers = Array.from({ length: 50 }, () => ask(token))
    while (issuer.fetches === 0) await pause(1)
    await pause(50)
    issuer.server.release()
    expect(new Set((await Promise.all(answers)).map(({ status }) => status))).toEqual(new Set([200]))
    expect(issuer.fetches).toBe(1)
  })

  it('is asked once in each step of the back-off', async () => {
    const { clock, issuer, ask, lasting } = await scene()
    issuer.server.mode = 'down'
    const token = await lasting()
    const retryAfter: (string | null)[] = []
    for (let step = 1; step <= 4; step++) {
      for (let i = 0; i < 10; i++) expect((await ask(token)).status).toBe(503)
      expect(issuer.fetches).toBe(step)
      const answer = await ask(token)
      retryAfter.push(answer.retryAfter)
      clock.set(clock.now() + Number(answer.retryAfter) * 1000)
    }
    expect(retryAfter).toEqual(['1', '2', '4', '8'])
    issuer.server.mode = 'up'
    expect((await ask(token)).status).toBe(200)
  })

  it('does not hold up tokens of another issuer', async () => {
    const clock = createTestClock()
    const [broken, well] = [await testIssuer({ clock }), await testIssuer({ clock })]
    broken.server.mode = 'down'
    const issuers = [broken, well].map(({ issuer, jwksUri }) => ({ issuer, audience, jwksUri }))
    const { ask } = await guarded(jwtAuth({ issuers, env: testEnvironment({ clock }) }))
    expect((await ask(await broken.token())).status).toBe(503)
    expect((await ask(await well.token())).status).toBe(200)
  })
})

describe('a key server that stops answering', () => {
  it('is outlived by its keys for a bounded time, for tokens known and new', async () => {
    const { clock, issuer, ask, lasting, auth } = await scene()
    const known = await lasting()
    expect((await ask(known)).status).toBe(200)
    issuer.server.mode = 'down'
    for (let minute = 0; minute < 69; minute++) {
      clock.set(clock.now() + MINUTE)
      expect((await ask(known)).status).toBe(200)
      expect((await ask(await lasting())).status).toBe(200)
    }
    expect(auth.health()).toMatchObject({ ready: true, issuers: [{ keys: 'stale', count: 1 }] })
    clock.set(clock.now() + MINUTE)
    expect(await ask(known)).toMatchObject({ status: 503, code: 'ERR_JWT_KEYS_UNAVAILABLE' })
    expect((await ask(await lasting())).status).toBe(503)
    expect(auth.health()).toMatchObject({ ready: false, issuers: [{ keys: 'unavailable' }] })
  })

  it('gives up stale keys as early as it is told to', async () => {
    const { clock, issuer, ask, lasting } = await scene({ keyFetch: { maxStale: 0 } })
    const token = await lasting()
    expect((await ask(token)).status).toBe(200)
    issuer.server.mode = 'down'
    clock.set(clock.now() + 10 * MINUTE - 1)
    expect((await ask(token)).status).toBe(200)
    clock.set(clock.now() + 1)
    expect((await ask(token)).status).toBe(503)
  })

  it('does not make new keys look like bad tokens', async () => {
    const { clock, issuer, ask, lasting } = await scene()
    expect((await ask(await lasting())).status).toBe(200)
    issuer.server.mode = 'down'
    issuer.rotate()
    clock.set(clock.now() + MINUTE)
    expect(await ask(await lasting())).toMatchObject({ status: 503, code: 'ERR_JWT_KEYS_UNAVAILABLE' })
    issuer.server.mode = 'up'
    clock.set(clock.now() + MINUTE)
    expect((await ask(await lasting())).status).toBe(200)
  })

  it('is announced once when it goes and once when it is back', async () => {
    const { clock, issuer, ask, lasting, events } = await scene()
    const token = await lasting()
    await ask(token)
    const told = (): number => events.of('health.changed').length
    const askUntilTold = (times: number): Promise<void> =>
      vi.waitFor(async () => {
        clock.set(clock.now() + MINUTE)
        await ask(token)
        expect(told()).toBe(times)
      }, WAIT)
    issuer.server.mode = 'down'
    await askUntilTold(1)
    const before = issuer.fetches
    // Attempts go on, and fail.
    await vi.waitFor(async () => {
      clock.set(clock.now() + MINUTE)
      await ask(token)
      expect(issuer.fetches).toBeGreaterThanOrEqual(before + 3)
    }, WAIT)
    issuer.server.mode = 'up'
    await askUntilTold(2)
    const part = 'jwt-auth keys'
    expect(events.of('health.changed').map(({ detail }) => detail)).toEqual([
      { part, healthy: false, detail: issuer.issuer },
      { part, healthy: true, detail: issuer.issuer },
    ])
  })
})

describe('keys that come to their end', () => {
  it('are fetched ahead of it, by requests that do not wait for it', async () => {
    const { clock, issuer, ask, lasting } = await scene()
    const token = await lasting()
    await ask(token)
    clock.set(clock.now() + 8 * MINUTE)
    issuer.server.mode = 'hang'
    expect((await ask(token)).status).toBe(200)
    await background(issuer, 2)
    expect((await ask(token)).status).toBe(200)
    expect(issuer.fetches).toBe(2)
    issuer.server.release()
    await pause(20)
    issuer.server.mode = 'up'
    clock.set(clock.now() + 7 * MINUTE)
    expect((await ask(token)).status).toBe(200)
    expect(issuer.fetches).toBe(2)
  })

  it('are fetched before they are used again after a quiet night', async () => {
    const { clock, issuer, ask, lasting } = await scene()
    const token = await lasting()
    await ask(token)
    issuer.rotate()
    issuer.withdraw(issuer.published[0]!)
    clock.set(clock.now() + 8 * 60 * MINUTE)
    expect(await ask(token)).toMatchObject({ status: 401, code: 'ERR_JWT_KEY' })
    expect(issuer.fetches).toBe(2)
  })

  it('last as long as the server says, within bounds', async () => {
    const { clock, issuer, ask, lasting } = await scene()
    issuer.server.headers = { 'cache-control': 'max-age=86400' }
    const token = await lasting()
    await ask(token)
    clock.set(clock.now() + 47 * MINUTE)
    await ask(token)
    await pause(20)
    expect(issuer.fetches).toBe(1)
    clock.set(clock.now() + MINUTE)
    await ask(token)
    await background(issuer, 2)
    expect(issuer.fetches).toBe(2)
  })
})

describe('an unknown key', () => {
  it('is looked for at once after a rotation', async () => {
    const { clock, issuer, ask, lasting } = await scene()
    const old = await lasting()
    expect((await ask(old)).status).toBe(200)
    issuer.rotate()
    clock.set(clock.now() + MINUTE)
    expect((await ask(await lasting())).status).toBe(200)
    expect((await ask(old)).status).toBe(200)
    expect(issuer.fetches).toBe(2)
  })

  it('causes one request in a cool-down, whatever an attacker sends', async () => {
    const { clock, issuer, ask, lasting } = await scene()
    const good = await lasting()
    expect((await ask(good)).status).toBe(200)
    const stranger = makeKey()
    for (let round = 1; round <= 3; round++) {
      clock.set(clock.now() + 30_000)
      const forged = await Promise.all(
        Array.from({ length: 30 }, (_, i) =>
          signWith(stranger, accessToken(issuer.issuer, audience, clock), { kid: `${round}-${i}` }),
        ),
      )
      const answers = await Promise.all(forged.map((token) => ask(token)))
      expect(new Set(answers.map(({ code }) => code))).toEqual(new Set(['ERR_JWT_KEY']))
      expect(issuer.fetches).toBe(1 + round)
    }
    expect((await ask(good)).status).toBe(200)
  })

  it('causes no request with an algorithm that is not accepted', async () => {
    const { issuer, ask } = await scene({ algorithms: ['RS256'] })
    expect((await ask(await issuer.token())).code).toBe('ERR_JWT_ALGORITHM')
    expect(issuer.fetches).toBe(0)
  })
})

describe('a token that names no key', () => {
  const unnamed = { header: { kid: undefined } }

  it('is accepted at once after a rotation', async () => {
    const { clock, issuer, ask } = await scene()
    expect((await ask(await issuer.token(unnamed))).status).toBe(200)
    issuer.rotate()
    issuer.withdraw(issuer.published[0]!)
    clock.set(clock.now() + MINUTE)
    expect((await ask(await issuer.token(unnamed))).status).toBe(200)
    expect(issuer.fetches).toBe(2)
  })

  it('is not taken for a bad one while nobody can say whether its key is new', async () => {
    const { clock, issuer, ask } = await scene()
    const old = await issuer.token(unnamed)
    expect((await ask(old)).status).toBe(200)
    issuer.server.mode = 'down'
    issuer.rotate()
    clock.set(clock.now() + MINUTE)
    expect(await ask(await issuer.token(unnamed))).toMatchObject({ status: 503, code: 'ERR_JWT_KEYS_UNAVAILABLE' })
    expect((await ask(old)).status).toBe(200)
    issuer.server.mode = 'up'
    clock.set(clock.now() + MINUTE)
    expect((await ask(await issuer.token(unnamed))).status).toBe(200)
  })

  it('attack: causes one request in a cool-down when it is forged, and none when it names a key', async () => {
    const { clock, issuer, ask } = await scene()
    const stranger = makeKey()
    const forged = (kid: string | undefined): Promise<string> =>
      signWith(stranger, accessToken(issuer.issuer, audience, clock), { kid })
    expect((await ask(await issuer.token())).status).toBe(200)
    for (let round = 1; round <= 3; round++) {
      clock.set(clock.now() + 30_000)
      expect((await ask(await forged(issuer.signer.kid))).code).toBe('ERR_JWT_SIGNATURE')
      expect(issuer.fetches).toBe(round)
      const tokens = await Promise.all(Array.from({ length: 20 }, () => forged(undefined)))
      const answers = await Promise.all(tokens.map((token) => ask(token)))
      expect(new Set(answers.map(({ code }) => code))).toEqual(new Set(['ERR_JWT_SIGNATURE']))
      expect(issuer.fetches).toBe(1 + round)
    }
  })
})
