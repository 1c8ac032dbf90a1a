import { describe, expect, it } from 'vitest'
import { makeTestKey, signWith, type ServerMode, type TestKey } from '@sallyport/jwt-auth/testing'
import { MINUTE, scene, type Scene } from './support/key-scene.ts'
import { accessToken } from './support/test-issuer.ts'

/** What came of a burst of requests: the distinct statuses of good tokens, and the worst that forged ones achieved. */
interface Burst {
  readonly good: readonly number[]
  readonly forged: readonly number[]
  /** Requests to the key server that it caused. */
  readonly fetches: number
}

const stranger = makeTestKey()

/** Many requests at once: with a token that is known, with new ones, and with forged ones of every kind that asks for keys. */
async function burst(
  { issuer, clock, ask, lasting }: Scene,
  known: string,
  signer: TestKey = issuer.signer,
): Promise<Burst> {
  const before = issuer.fetches
  const claims = accessToken(issuer.issuer, 'orders-api', clock)
  const fresh = await Promise.all(Array.from({ length: 5 }, () => lasting()))
  const forged = await Promise.all([
    signWith(stranger, claims, { kid: signer.kid }),
    signWith(stranger, claims, { kid: `made-up-${clock.now()}` }),
    signWith(stranger, claims),
    signWith(stranger, claims, { kid: undefined }),
    signWith(stranger, claims, { kid: signer.kid, jwk: stranger.jwk, jku: 'https://evil.test/jwks' }),
    Promise.resolve(`${known.slice(0, known.lastIndexOf('.'))}.${Buffer.alloc(64).toString('base64url')}`),
  ])
  const statuses = async (tokens: readonly string[]): Promise<number[]> => [
    ...new Set((await Promise.all(tokens.map((token) => ask(token)))).map(({ status }) => status)),
  ]
  const [good, bad] = await Promise.all([statuses([known, known, known, ...fresh]), statuses([...forged, ...forged])])
  // What runs in the background has been asked for by now, and is answered soon.
  await new Promise((resolve) => setTimeout(resolve, 5))
  return { good, forged: bad, fetches: issuer.fetches - before }
}

/** Faults that are told by the answer. */
const faults: readonly ServerMode[] = ['down', 'reset', 'garbage', 'html', 'empty', 'huge', 'redirect']

describe('a key server, under load', () => {
  it.each(faults)(
    'that is %s: good tokens pass while stale keys hold, forged ones never, one request a step',
    async (mode) => {
      const world = await scene()
      const known = await world.lasting()
      expect((await world.ask(known)).status).toBe(200)
      world.issuer.server.mode = mode
      for (let minute = 0; minute < 60; minute += 2) {
        world.clock.set(world.clock.now() + 2 * MINUTE)
        const { good, forged, fetches } = await burst(world, known)
        expect({ minute, good }).toEqual({ minute, good: [200] })
        for (const status of forged) expect([401, 503]).toContain(status)
        expect(fetches).toBeLessThanOrEqual(1)
      }
    },
  )

  it('that flaps: no good token is ever refused as bad, no forged one passes, one request a step', async () => {
    const world = await scene()
    const known = await world.lasting()
    expect((await world.ask(known)).status).toBe(200)
    for (let step = 0; step < 120; step++) {
      world.issuer.server.mode = step % 2 === 0 ? faults[step % faults.length]! : 'up'
      world.clock.set(world.clock.now() + 20_000)
      const { good, forged, fetches } = await burst(world, known)
      expect({ step, good }).toEqual({ step, good: [200] })
      expect(forged).not.toContain(200)
      expect(fetches).toBeLessThanOrEqual(1)
    }
  })

  it('that flaps while keys rotate: a new key is 503 at worst, never 401', async () => {
    const world = await scene()
    expect((await world.ask(await world.lasting())).status).toBe(200)
    for (let step = 0; step < 60; step++) {
      const { issuer, clock, ask, lasting } = world
      issuer.server.mode = step % 3 === 0 ? 'up' : faults[step % faults.length]!
      if (step % 5 === 0) issuer.rotate()
      clock.set(clock.now() + 40_000)
      const before = issuer.fetches
      const answers = await Promise.all([...Array(10).keys()].map(async () => ask(await lasting())))
      for (const { status } of answers) expect([200, 503]).toContain(status)
      expect(issuer.fetches - before).toBeLessThanOrEqual(1)
    }
    world.issuer.server.mode = 'up'
    world.clock.set(world.clock.now() + MINUTE)
    expect((await world.ask(await world.lasting())).status).toBe(200)
  })

  it('that is slow: all wait for one request, and nobody is refused', async () => {
    const world = await scene()
    world.issuer.server.delay = 150
    const token = await world.lasting()
    const answers = await Promise.all(Array.from({ length: 40 }, () => world.ask(token)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(world.issuer.fetches).toBe(1)
    // From then on nobody waits: keys are fetched ahead of their end.
    world.issuer.server.delay = 60_000
    world.clock.set(world.clock.now() + 9 * MINUTE)
    for (const known of [token, await world.lasting()]) expect((await world.ask(known)).status).toBe(200)
    expect(world.issuer.fetches).toBe(2)
  })

  it('that never answers: those who have no keys yet get 503 in time, and the next step is one request', async () => {
    const world = await scene()
    const { issuer, clock, ask, lasting } = world
    issuer.server.mode = 'hang'
    const token = await lasting()
    for (let step = 1; step <= 3; step++) {
      const answers = Array.from({ length: 20 }, () => ask(token))
      await expect.poll(() => issuer.fetches).toBe(step)
      await clock.advance(5000)
      for (const answer of await Promise.all(answers)) expect(answer.status).toBe(503)
      expect(issuer.fetches).toBe(step)
      clock.set(clock.now() + 60_000)
    }
    issuer.server.mode = 'up'
    issuer.server.release()
    expect((await ask(token)).status).toBe(200)
  })
})

describe('a key server that lies', () => {
  it.each<[string, (world: Scene) => void]>([
    [
      'with a symmetric key under the right name',
      lie((key) => ({ kty: 'oct', k: Buffer.alloc(32).toString('base64url'), kid: key.kid })),
    ],
    ['with a private key', lie((key) => ({ ...key.privateKey.export({ format: 'jwk' }), kid: key.kid }))],
    ['with a key for encryption', lie((key) => ({ ...key.jwk, use: 'enc' }))],
    ['with a key for another algorithm', lie((key) => ({ ...key.jwk, alg: 'RS256' }))],
    [
      'with a weak key',
      lie((key) => ({ kty: 'RSA', n: Buffer.alloc(128, 1).toString('base64url'), e: 'AQAB', kid: key.kid })),
    ],
    ['with no key', ({ issuer }) => void issuer.server.documents.set('/jwks', () => ({ keys: [] }))],
    ['with something else', ({ issuer }) => void issuer.server.documents.set('/jwks', () => ({ error: 'no' }))],
  ])('%s: the keys that were good hold on, and the lie opens nothing', async (_case, tell) => {
    const world = await scene()
    const known = await world.lasting()
    expect((await world.ask(known)).status).toBe(200)
    tell(world)
    for (let minute = 0; minute < 60; minute += 10) {
      world.clock.set(world.clock.now() + 10 * MINUTE)
      const { good, forged } = await burst(world, known)
      expect({ minute, good }).toEqual({ minute, good: [200] })
      expect(forged).not.toContain(200)
    }
    world.clock.set(world.clock.now() + 20 * MINUTE)
    expect((await world.ask(known)).status).toBe(503)
  })

  it('about whose keys they are is believed no further than the keys: old tokens fall at once, also from the cache', async () => {
    const world = await scene()
    const known = await world.lasting()
    expect((await world.ask(known)).status).toBe(200)
    world.issuer.server.mode = 'lying'
    world.clock.set(world.clock.now() + 60 * MINUTE)
    expect((await world.ask(known)).code).toBe('ERR_JWT_SIGNATURE')
    const forged = await signWith(stranger, accessToken(world.issuer.issuer, 'orders-api', world.clock))
    expect((await world.ask(forged)).status).toBe(401)
    world.issuer.server.mode = 'up'
    world.clock.set(world.clock.now() + 60 * MINUTE)
    expect((await world.ask(known)).status).toBe(200)
  })
})

function lie(of: (key: TestKey) => object): (world: Scene) => void {
  return ({ issuer }) => void issuer.server.documents.set('/jwks', () => ({ keys: issuer.published.map(of) }))
}
