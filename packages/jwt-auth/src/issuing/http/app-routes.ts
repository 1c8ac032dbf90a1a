import { demandSameOrigin, SecurityError, type Answer, type Exchange } from '@sallyport/core'
import { issuerError } from '../errors.ts'
import type { IssuedTokens } from '../tokens.ts'
import { accessBody, answerOf, done, tokensBody } from './answers.ts'
import { field, readFields, scopesIn, type Fields } from './fields.ts'
import type { VerifyCredentials } from './options.ts'
import { post, type RouteContext, type Routed } from './route.ts'

/** The routes of an app's own front end: log in, refresh, log out. Bodies are JSON or forms. */
export function appRoutes(context: RouteContext, verifyCredentials: VerifyCredentials | undefined): readonly Routed[] {
  const { issuer, settings, prefix, maxBodyBytes, clientOf, cookie, proofKeyOf } = context
  const read = (exchange: Exchange): Promise<Fields> => readFields(exchange, maxBodyBytes, 'form or JSON')

  async function login(exchange: Exchange, verify: VerifyCredentials): Promise<Answer> {
    // Another site must not log its visitors in to an account of its own choice.
    if (cookie) demandSameOrigin(exchange, settings.environment.allowedOrigins)
    const fields = await read(exchange)
    const client = await clientOf(exchange, fields)
    const proof = await proofKeyOf(exchange)
    const grant = await verify(fields, exchange.host.seen)
    if (grant === undefined) throw issuerError('ERR_ISSUER_GRANT')
    return given(exchange, await issuer.login({ ...grant, client: client.id }, proof))
  }

  async function refresh(exchange: Exchange): Promise<Answer> {
    const fields = await read(exchange)
    const client = await clientOf(exchange, fields)
    const refreshToken = presented(exchange, fields)
    const proof = await proofKeyOf(exchange)
    const scopes = scopesIn(fields)
    try {
      const tokens = await issuer.refresh({ refreshToken, client: client.id, ...proof, ...(scopes && { scopes }) })
      return given(exchange, tokens)
    } catch (thrown) {
      // What is of no use any more need not be sent again and again.
      if (hasEnded(thrown)) cookie?.clear(exchange)
      throw thrown
    }
  }

  async function logout(exchange: Exchange): Promise<Answer> {
    const fields = await read(exchange)
    const client = await clientOf(exchange, fields)
    const token = presented(exchange, fields)
    await issuer.revoke(token, { client: client.id, reason: 'logout' })
    cookie?.clear(exchange)
    return done
  }

  function given(exchange: Exchange, tokens: IssuedTokens): Answer {
    if (!cookie) return answerOf(tokensBody(tokens))
    cookie.set(exchange, tokens.refreshToken, tokens.refreshExpiresIn)
    return answerOf({ ...accessBody(tokens), refresh_expires_in: tokens.refreshExpiresIn })
  }

  /** The refresh token, from one place. */
  function presented(exchange: Exchange, fields: Fields): string {
    const inBody = field(fields, 'refresh_token')
    const inCookie = cookie?.read(exchange)
    if ((inBody === undefined) === (inCookie === undefined)) throw issuerError('ERR_ISSUER_REQUEST')
    return (inBody ?? inCookie)!
  }

  return [
    ...(verifyCredentials
      ? [post(prefix, 'login-with-refresh', (exchange) => login(exchange, verifyCredentials))]
      : []),
    post(prefix, 'refresh', refresh),
    post(prefix, 'revoke-refresh-token', logout),
  ]
}

function hasEnded(thrown: unknown): boolean {
  return SecurityError.is(thrown) && (thrown.code === 'ERR_ISSUER_GRANT' || thrown.code === 'ERR_ISSUER_REUSED')
}
