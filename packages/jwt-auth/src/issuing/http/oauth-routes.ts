import type { Answer, Exchange } from '@sallyport/core'
import { issuerError } from '../errors.ts'
import { accessBody, answerOf, done, tokensBody } from './answers.ts'
import type { Client } from './clients.ts'
import { field, readFields, requiredField, scopesIn, type Fields } from './fields.ts'
import { post, type RouteContext, type Routed } from './route.ts'

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const JWT = 'urn:ietf:params:oauth:token-type:jwt'
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'

/** The routes of OAuth clients and resource servers. Bodies are forms, as the RFCs demand. */
export function oauthRoutes(context: RouteContext): readonly Routed[] {
  const { issuer, settings, prefix, maxBodyBytes, clientOf, proofKeyOf } = context
  const read = (exchange: Exchange): Promise<Fields> => readFields(exchange, maxBodyBytes, 'form')

  /** RFC 6749, sections 4.4 and 6; RFC 8693. */
  async function token(exchange: Exchange): Promise<Answer> {
    const fields = await read(exchange)
    const client = await clientOf(exchange, fields)
    switch (requiredField(fields, 'grant_type')) {
      case 'refresh_token':
        return refresh(exchange, fields, client)
      case 'client_credentials':
        return ownToken(exchange, fields, client)
      case EXCHANGE:
        return exchanged(exchange, fields, client)
      default:
        throw issuerError('ERR_ISSUER_GRANT_TYPE')
    }
  }

  async function refresh(exchange: Exchange, fields: Fields, { id: client }: Client): Promise<Answer> {
    const refreshToken = requiredField(fields, 'refresh_token')
    const scopes = scopesIn(fields)
    const proof = await proofKeyOf(exchange)
    return answerOf(tokensBody(await issuer.refresh({ refreshToken, client, ...proof, ...(scopes && { scopes }) })))
  }

  async function ownToken(exchange: Exchange, fields: Fields, client: Client): Promise<Answer> {
    const { id, confidential, scopes: allowed, audience: own = settings.audience } = client
    if (!confidential || allowed === undefined) throw issuerError('ERR_ISSUER_UNAUTHORIZED')
    const scopes = scopesIn(fields) ?? allowed
    if (!scopes.every((one) => allowed.includes(one))) throw issuerError('ERR_ISSUER_SCOPE')
    const audience = targetsIn(fields) ?? [own].flat()
    if (!audience.every((one) => [own].flat().includes(one))) throw issuerError('ERR_ISSUER_TARGET')
    const proof = await proofKeyOf(exchange)
    const grant = { subject: id, client: id, scopes, audience }
    return answerOf(accessBody(await issuer.accessToken(grant, proof)))
  }

  async function exchanged(exchange: Exchange, fields: Fields, { id, confidential }: Client): Promise<Answer> {
    if (!confidential) throw issuerError('ERR_ISSUER_UNAUTHORIZED')
    demandType(requiredField(fields, 'subject_token_type'))
    demandType(field(fields, 'requested_token_type') ?? ACCESS_TOKEN)
    const actorToken = field(fields, 'actor_token')
    const actorType = field(fields, 'actor_token_type')
    // RFC 8693, section 2.1: the one needs the other.
    if ((actorToken === undefined) !== (actorType === undefined)) throw issuerError('ERR_ISSUER_REQUEST')
    if (actorType !== undefined) demandType(actorType)
    const audience = targetsIn(fields)
    const scopes = scopesIn(fields)
    const proof = await proofKeyOf(exchange)
    const issued = await issuer.exchange({
      client: id,
      subjectToken: requiredField(fields, 'subject_token'),
      ...(actorToken !== undefined && { actorToken }),
      ...(audience && { audience }),
      ...(scopes && { scopes }),
      ...proof,
    })
    return answerOf({ ...accessBody(issued), issued_token_type: ACCESS_TOKEN })
  }

  /** RFC 7009. */
  async function revoke(exchange: Exchange): Promise<Answer> {
    const fields = await read(exchange)
    const { id } = await clientOf(exchange, fields)
    await issuer.revoke(requiredField(fields, 'token'), { client: id, reason: 'revoked by the client' })
    return done
  }

  /** RFC 7662. */
  async function introspect(exchange: Exchange): Promise<Answer> {
    const fields = await read(exchange)
    const client = await clientOf(exchange, fields)
    if (!client.confidential || client.introspection !== true) throw issuerError('ERR_ISSUER_UNAUTHORIZED')
    const found = await issuer.introspect(requiredField(fields, 'token'))
    // A refresh token is nobody's business but its client's.
    const foreign = found.active && found.token_type === undefined && found.client_id !== client.id
    return answerOf(foreign ? { active: false } : found)
  }

  return [post(prefix, 'token', token), post(prefix, 'revoke', revoke), post(prefix, 'introspect', introspect)]
}

function demandType(type: string): void {
  if (type !== ACCESS_TOKEN && type !== JWT) throw issuerError('ERR_ISSUER_REQUEST')
}

/** Whom a token shall be for: `audience` (RFC 8693), `resource` (RFC 8707); either may come several times. */
function targetsIn(fields: Fields): readonly string[] | undefined {
  const targets = ['audience', 'resource'].flatMap((name) => {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined
    return value === undefined || value === '' ? [] : [value].flat()
  })
  if (!targets.every((one) => typeof one === 'string' && one !== '')) throw issuerError('ERR_ISSUER_REQUEST')
  return targets.length === 0 ? undefined : (targets as string[])
}
