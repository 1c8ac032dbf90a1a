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
import { challengesOf, type StepUpDemand } from './challenge.ts'
import type { JwtClaims } from './claims.ts'
import type { ClaimsObject } from './claims-schema.ts'
import { jwtError, Refusal, type JwtErrorCode } from './errors.ts'
import { healthOf, type JwtAuthHealth } from './health.ts'
import type { IssuerOptions } from './issuer-options.ts'
import type { JwtAuthOptions } from './options.ts'
import { Possession } from './possession.ts'
import type { JwtPrincipal } from './principal.ts'
import { metadataGate, metadataUrl } from './resource/metadata.ts'
import { settle } from './settings.ts'
import { TokenCache } from './token-cache.ts'
import { markOf, type TokenMark } from './token-mark.ts'
import { attemptedScheme, presentedToken, type PresentedToken } from './token.ts'
import type { VerifiedToken } from './verified.ts'
import { verifyToken } from './verify.ts'

const debug = debugOf('jwt-auth')

/** The issuers of a `jwtAuth()`, while it runs. */
export interface JwtIssuers {
  /**
   * Accepts tokens of one more issuer, from now on.
   * @throws SecurityError ERR_OPTION as at construction, and for an issuer that is there already
   */
  add(issuer: IssuerOptions): void
  /**
   * Accepts no token of an issuer any more, from now on: neither those that are remembered nor those that are being checked. Whether it was
   * there. What its tokens have made, such as sessions, it does not end.
   */
  remove(issuer: string): boolean
}

/** What `jwtAuth()` makes: a middleware for every host, and typed access to what it found. */
export interface JwtAuth<Found extends JwtPrincipal<ClaimsObject> | undefined = JwtPrincipal> extends Middleware {
  /**
   * Who presented a token to this instance, from what handlers see: `req` of Express and node:http, `ctx` of Koa.
   * @throws SecurityError ERR_NO_EXCHANGE (500) where this instance has let nobody in on the request
   */
  principalOf(seen: object): Found
  /** Whether tokens can be checked now, for a readiness probe. Fetches keys where that is due; answers at once. */
  health(): JwtAuthHealth
  readonly issuers: JwtIssuers
  /**
   * A middleware that answers `GET /.well-known/oauth-protected-resource` (RFC 9728), with the resource's path behind it, and lets all other
   * requests pass. Mount it before this one, for all paths.
   * @throws SecurityError ERR_OPTION without the option `resource`
   */
  metadata(): Middleware
  /**
   * The refusal of a good token whose login is too weak or too long ago (RFC 9470): 401, ERR_JWT_STEP_UP, with the challenge by which
   * clients learn what to ask for. For who decides so, to throw or to pass to `next`.
   * @param seen what handlers see, or the exchange that gates see
   */
  stepUp(seen: object, demand: StepUpDemand): SecurityError
}

/**
 * Makes a middleware that lets in whoever presents a valid access token (RFC 6750, RFC 9068), and says who that is.
 *
 * ```ts
 * const auth = jwtAuth({ issuer: 'https://id.example.com/', audience: 'orders-api' })
 * app.use(auth)
 * app.get('/me', (req, res) => res.json(auth.principalOf(req).subject))
 * ```
 * @throws SecurityError ERR_OPTION at construction. On requests: the codes of `jwtErrors`, ERR_CREDENTIAL_CONFLICT (400),
 *   ERR_CROSS_ORIGIN (403, a token in a cookie), ERR_STORE_UNAVAILABLE (503)
 */
export function jwtAuth<const Required extends boolean = true, Claims extends ClaimsObject = JwtClaims>(
  options: JwtAuthOptions<Required, Claims>,
): JwtAuth<Required extends true ? JwtPrincipal<Claims> : JwtPrincipal<Claims> | undefined> {
  const settings = settle(options)
  const { environment, issuers, onStoreFailure, places, required, resource, dpop } = settings
  const { clock } = environment
  const resourceMetadata = resource && metadataUrl(resource.url)
  const challenges = challengesOf({ realm: settings.realm, dpop, resourceMetadata })
  const possession = new Possession(settings)
  const cache = new TokenCache<VerifiedToken>(settings.cacheSize)
  /**
   * What this instance found, apart from the exchange's principal, which another gate may have put there. A property, because a
   * WeakMap with an entry for each request keeps the garbage collector busy.
   */
  const found = Symbol('jwtAuth')
  type Slot = Exchange & { [found]?: JwtPrincipal<ClaimsObject> | undefined }

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
    principalOf(seen: object): JwtPrincipal<Claims> {
      const exchange = exchangeOf(seen) as Slot | undefined
      // What the schema has made is typed by it.
      if (exchange && Object.hasOwn(exchange, found)) return exchange[found] as JwtPrincipal<Claims>
      throw coreError('ERR_NO_EXCHANGE', {
        message: 'This jwtAuth() has let nobody in on this request; mount it before',
      })
    },
    health: () => healthOf(issuers, clock.now()),
    issuers: {
      add: (issuer: IssuerOptions) => issuers.add('jwtAuth issuers.add', issuer),
      remove: (issuer: string) => issuers.remove(issuer),
    },
    metadata,
    stepUp(seen: object, demand: StepUpDemand): SecurityError {
      const scheme = attemptedScheme(exchangeOf(seen) ?? (seen as Exchange))
      return jwtError('ERR_JWT_STEP_UP', { headers: { 'www-authenticate': challenges.stepUp(demand, scheme) } })
    },
  })

  function metadata(): Middleware {
    if (!resource) {
      throw coreError('ERR_OPTION', { message: 'jwtAuth: metadata() tells the option `resource`, which is not given' })
    }
    return defineMiddleware({
      name: 'jwtAuth.metadata',
      requires: { authentication: 'none' },
      environment,
      gate: metadataGate({ resource, issuers, dpop, mtls: settings.mtls !== undefined, query: places.query }),
    })
  }

  function open(exchange: Exchange): void | Promise<void> {
    const presented = presentedToken(exchange, places)
    if (!presented) return passWithout(exchange)
    const now = clock.now()
    const mark = markOf(presented.text)
    const known = cache.get(mark)
    if (!known?.holds(now)) return admitNew(exchange, presented, mark?.slice(), now)
    known.demandTime(now)
    return known.isCleared(environment.revocations, now)
      ? admit(exchange, known, presented)
      : admitUnlessRevoked(exchange, known, presented)
  }

  function passWithout(exchange: Exchange): void {
    if (required) throw new Refusal('ERR_JWT_MISSING', 'no token')
    offerPlain(exchange)
    ;(exchange as Slot)[found] = undefined
    if (debug.enabled) debug(`${exchange.method} ${exchange.path}: no token, passed because none is required`)
  }

  async function admitNew(
    exchange: Exchange,
    presented: PresentedToken,
    mark: TokenMark | undefined,
    now: number,
  ): Promise<void> {
    const verified = await verifyToken(presented.text, settings, now)
    // Fetching keys may have taken a while.
    verified.demandTime(clock.now())
    // Only what is good is remembered, so that made-up tokens cannot fill the memory.
    cache.set(mark, verified)
    return admitUnlessRevoked(exchange, verified, presented)
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

  function admit(exchange: Exchange, token: VerifiedToken, presented: PresentedToken): void | Promise<void> {
    if (possession.isFree(token, presented)) return letIn(exchange, token, presented)
    // Last of all, so that nobody without a good token makes us remember a proof.
    const proved = possession.demand(exchange, token, presented)
    return isPromise(proved) ? proved.then(() => letIn(exchange, token, presented)) : letIn(exchange, token, presented)
  }

  function letIn(exchange: Exchange, token: VerifiedToken, { carrier }: PresentedToken): void | Promise<void> {
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
    const error = thrown instanceof Refusal ? answerTo(thrown, exchange) : thrown
    if (debug.enabled && thrown instanceof Refusal) {
      debug(`${exchange.method} ${exchange.path}: ${thrown.code}, ${thrown.message}`)
    }
    const absent = thrown instanceof Refusal && thrown.code === 'ERR_JWT_MISSING'
    if (absent) offerPlain(exchange)
    else if (SecurityError.is(error)) exchange.rejectCredential(error)
    return error
  }

  function offerPlain(exchange: Exchange): void {
    for (const challenge of challenges.plain) exchange.offerChallenge(challenge)
  }

  function answerTo({ code, headers }: Refusal, exchange: Exchange): SecurityError<JwtErrorCode> {
    const challenge = challenges.of(code, attemptedScheme(exchange))
    return jwtError(code, {
      headers: { ...(challenge !== undefined && { 'www-authenticate': challenge }), ...headers },
    })
  }
}
