import {
  consultRevocations,
  coreError,
  debugOf,
  defineMiddleware,
  exchangeOf,
  isPromise,
  SecurityError,
} from '@sallyport/core'
import type { Exchange, Middleware, Revocation } from '@sallyport/core'
import { challengesOf } from './challenge.ts'
import { jwtError, Refusal } from './errors.ts'
import { healthOf, type JwtAuthHealth } from './health.ts'
import type { JwtAuthOptions } from './options.ts'
import type { JwtPrincipal } from './principal.ts'
import { settle } from './settings.ts'
import { TokenCache } from './token-cache.ts'
import { presentedToken, type PresentedToken } from './token.ts'
import type { VerifiedToken } from './verified.ts'
import { verifyToken } from './verify.ts'

const debug = debugOf('jwt-auth')

/** What `jwtAuth()` makes: a middleware for every host, and typed access to what it found. */
export interface JwtAuth<Found extends JwtPrincipal | undefined = JwtPrincipal> extends Middleware {
  /**
   * Who presented a token to this instance, from what handlers see: `req` of Express and node:http, `ctx` of Koa.
   * @throws SecurityError ERR_NO_EXCHANGE (500) where this instance has let nobody in on the request
   */
  principalOf(seen: object): Found
  /** Whether tokens can be checked now, for a readiness probe. Fetches keys where that is due; answers at once. */
  health(): JwtAuthHealth
}

/**
 * Makes a middleware that lets in whoever presents a valid JWT access token (RFC 6750, RFC 9068), and says who that is.
 *
 * ```ts
 * const auth = jwtAuth({ issuer: 'https://id.example.com/', audience: 'orders-api' })
 * app.use(auth)
 * app.get('/me', (req, res) => res.json(auth.principalOf(req).subject))
 * ```
 * @throws SecurityError ERR_OPTION at construction. On requests: the codes of `jwtErrors`, ERR_CREDENTIAL_CONFLICT (400),
 *   ERR_CROSS_ORIGIN (403, a token in a cookie), ERR_STORE_UNAVAILABLE (503)
 */
export function jwtAuth<const Required extends boolean = true>(
  options: JwtAuthOptions<Required>,
): JwtAuth<Required extends true ? JwtPrincipal : JwtPrincipal | undefined> {
  const settings = settle(options)
  const { environment, issuers, onStoreFailure, places, required } = settings
  const { clock } = environment
  const challenges = challengesOf(settings.realm)
  const cache = new TokenCache<VerifiedToken>(settings.cacheSize)
  /**
   * What this instance found, apart from the exchange's principal, which another gate may have put there. A property, because a
   * WeakMap with an entry for each request keeps the garbage collector busy.
   */
  const found = Symbol('jwtAuth')
  type Slot = Exchange & { [found]?: JwtPrincipal | undefined }

  const middleware = defineMiddleware({
    name: 'jwtAuth',
    requires: { authentication: required ? 'required' : 'optional' },
    environment,
    gate(exchange) {
      try {
        const result = open(exchange)
        return result?.catch((thrown: unknown) => {
          throw refuse(exchange, thrown)
        })
      } catch (thrown) {
        throw refuse(exchange, thrown)
      }
    },
  })

  return Object.assign(middleware, {
    principalOf(seen: object): JwtPrincipal {
      const exchange = exchangeOf(seen) as Slot | undefined
      if (exchange && Object.hasOwn(exchange, found)) return exchange[found]!
      throw coreError('ERR_NO_EXCHANGE', {
        message: 'This jwtAuth() has let nobody in on this request; mount it before',
      })
    },
    health: () => healthOf(issuers, clock.now()),
  })

  function open(exchange: Exchange): void | Promise<void> {
    const presented = presentedToken(exchange, places)
    if (!presented) return passWithout(exchange)
    const now = clock.now()
    const key = TokenCache.keyOf(presented.text)
    const known = cache.get(key)
    if (!known?.keyHolds(now)) return admitNew(exchange, presented, key, now)
    known.demandTime(now)
    return known.isCleared(exchange)
      ? admit(exchange, known, presented)
      : admitUnlessRevoked(exchange, known, presented)
  }

  function passWithout(exchange: Exchange): void {
    if (required) throw new Refusal('ERR_JWT_MISSING', 'no token')
    exchange.offerChallenge(challenges.plain)
    ;(exchange as Slot)[found] = undefined
    if (debug.enabled) debug(`${exchange.method} ${exchange.path}: no token, passed because none is required`)
  }

  async function admitNew(exchange: Exchange, presented: PresentedToken, key: string, now: number): Promise<void> {
    const verified = await verifyToken(presented.text, settings, now)
    // Fetching keys may have taken a while.
    verified.demandTime(clock.now())
    // Only what is good is remembered, so that made-up tokens cannot fill the memory.
    cache.set(key, verified)
    await admitUnlessRevoked(exchange, verified, presented)
  }

  function admitUnlessRevoked(
    exchange: Exchange,
    token: VerifiedToken,
    presented: PresentedToken,
  ): void | Promise<void> {
    // Read before asking: what is decided on an older list, or on none, must not count as cleared on this one.
    const { state, version } = environment.revocations
    const hit = consultRevocations(environment, token.principal('bearer'), onStoreFailure)
    return isPromise(hit) ? hit.then(decide) : decide(hit)

    function decide(revocation: Revocation | undefined): void | Promise<void> {
      if (revocation) throw new Refusal('ERR_JWT_REVOKED', `the ${revocation.kind} was revoked`)
      if (state === 'current') token.clear(version)
      return admit(exchange, token, presented)
    }
  }

  function admit(exchange: Exchange, token: VerifiedToken, { carrier }: PresentedToken): void | Promise<void> {
    const principal = token.principal(carrier)
    exchange.authenticate(principal)
    ;(exchange as Slot)[found] = principal
    if (debug.enabled)
      debug(`${exchange.method} ${exchange.path}: accepted a token of ${principal.issuer} (${carrier})`)
    if (!environment.listening) return undefined
    const { id } = principal.credential
    return environment.publish(
      'authn.accepted',
      { by: 'jwtAuth', credential: carrier, ...(id !== undefined && { id }) },
      exchange,
    )
  }

  function refuse(exchange: Exchange, thrown: unknown): unknown {
    const error = thrown instanceof Refusal ? answerTo(thrown) : thrown
    if (debug.enabled && thrown instanceof Refusal) {
      debug(`${exchange.method} ${exchange.path}: ${thrown.code}, ${thrown.message}`)
    }
    const absent = thrown instanceof Refusal && thrown.code === 'ERR_JWT_MISSING'
    if (absent) exchange.offerChallenge(challenges.plain)
    else if (SecurityError.is(error)) exchange.rejectCredential(error)
    return error
  }

  function answerTo({ code, retryAfter }: Refusal): SecurityError {
    const challenge = challenges.of(code)
    return jwtError(code, {
      headers: {
        ...(challenge !== undefined && { 'www-authenticate': challenge }),
        ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
      },
    })
  }
}
