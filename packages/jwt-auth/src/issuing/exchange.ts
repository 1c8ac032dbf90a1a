import type { Actor, Principal } from '@sallyport/core'
import { scopesOf, stringsClaim, timeClaim, stringClaim } from '../claims.ts'
import { issueAccessToken, type AccessToken } from './access-token.ts'
import { issuerError } from './errors.ts'
import type { SettledGrant } from './grant.ts'
import { principalOfClaims, readOwnToken, type OwnClaims } from './own-token.ts'
import type { IssuerSettings } from './settings.ts'

/** A verified token that is to be exchanged. */
export interface ExchangeParty {
  readonly principal: Principal
  readonly claims: Readonly<Record<string, unknown>>
}

/** What a policy decides about. */
export interface ExchangeQuestion {
  /** Who asks, authenticated. */
  readonly client: string
  /** Whose token it is. */
  readonly subject: ExchangeParty
  /** Who will act, where the client has presented a token of theirs; else the client itself does. */
  readonly actor: ExchangeParty | undefined
  /** Whom the new token shall be for. */
  readonly audience: readonly string[]
  readonly scopes: readonly string[] | undefined
}

/** What a policy allows. It can give less than was asked for, never more than the subject's token has. */
export interface ExchangeDecision {
  /**
   * `delegation`: the new token names the actor (`act`), and everybody sees who acts for whom. `impersonation`: it does not; who takes it
   * cannot tell the client from the subject.
   */
  readonly as: 'delegation' | 'impersonation'
  /** @default what was asked for */
  readonly audience?: string | readonly string[]
  /** @default what was asked for, else those of the subject's token */
  readonly scopes?: readonly string[]
  /** In seconds; the new token never outlives the subject's. @default that of access tokens */
  readonly lifetime?: number
}

/** Decides who may exchange whose token for what; nothing: not this. */
export type ExchangePolicy = (
  question: ExchangeQuestion,
) => ExchangeDecision | undefined | Promise<ExchangeDecision | undefined>

/** A request for an exchange (RFC 8693, section 2.1). */
export interface ExchangeRequest {
  readonly client: string
  /** An access token of this issuer. */
  readonly subjectToken: string
  readonly actorToken?: string
  readonly audience?: readonly string[]
  readonly scopes?: readonly string[]
  /** Thumbprint of the DPoP key whose possession was proved with the request. */
  readonly proofKey?: string
}

/** What an exchange gives. */
export interface Exchanged {
  readonly access: AccessToken
  readonly grant: SettledGrant
  readonly proofKey: string | undefined
}

/**
 * Exchanges a token (RFC 8693). The new one belongs to the same session and ends no later, so that it falls with what it came from.
 * @throws SecurityError ERR_ISSUER_GRANT_TYPE without a policy, ERR_ISSUER_REQUEST for a token that is not good, ERR_ISSUER_PROOF,
 *   ERR_ISSUER_UNAUTHORIZED, ERR_ISSUER_SCOPE, ERR_ISSUER_TARGET (400), ERR_ISSUER_KEYS, ERR_STORE_UNAVAILABLE (503)
 */
export async function exchangeToken(settings: IssuerSettings, request: ExchangeRequest): Promise<Exchanged> {
  const { exchange: policy, environment, lifetimes } = settings
  if (policy === undefined) throw issuerError('ERR_ISSUER_GRANT_TYPE')
  const { client, actorToken, proofKey } = request
  const subject = await partyOf(settings, request.subjectToken, proofKey)
  const actor = actorToken === undefined ? undefined : await partyOf(settings, actorToken, proofKey)
  demandMayAct(subject, actor, client)
  const { audience = [], scopes } = request
  const decision = await policy({ client, subject, actor, audience, scopes })
  if (decision === undefined) throw issuerError('ERR_ISSUER_UNAUTHORIZED')
  const grant = grantOf(subject, decision, request)
  const now = Math.floor(environment.clock.now() / 1000)
  const lifetime = Math.min(decision.lifetime ?? lifetimes.access, lifetimes.access)
  const expiresAt = Math.min(now + lifetime, subject.claims.exp)
  const acting: Actor | undefined =
    decision.as === 'delegation' ? actorIn(subject, actor, client) : subject.principal.actor
  const access = await issueAccessToken(settings, {
    kind: 'exchange',
    grant,
    sid: subject.claims.sid,
    expiresAt,
    actor: acting,
    proofKey,
  })
  return { access, grant, proofKey }
}

interface Party extends ExchangeParty {
  readonly claims: OwnClaims
}

async function partyOf(settings: IssuerSettings, token: string, proofKey: string | undefined): Promise<Party> {
  const claims = await readOwnToken(settings, token)
  if (claims === undefined) throw issuerError('ERR_ISSUER_REQUEST')
  const { jkt } = (claims['cnf'] ?? {}) as { readonly jkt?: string }
  // Whoever took a bound token from its owner has not got the key: it must not become one that is bound to nothing.
  if (jkt !== undefined && jkt !== proofKey) throw issuerError('ERR_ISSUER_PROOF')
  return { claims, principal: principalOfClaims(settings, claims) }
}

/** RFC 8693, section 4.4: a token may say who alone may act for its subject. */
function demandMayAct({ claims }: Party, actor: Party | undefined, client: string): void {
  const { may_act: mayAct } = claims
  if (mayAct === undefined) return
  const { sub, iss } = Object(mayAct) as { readonly sub?: unknown; readonly iss?: unknown }
  const acting = actor?.claims.sub ?? client
  if (sub !== acting || (iss !== undefined && iss !== claims.iss)) throw issuerError('ERR_ISSUER_UNAUTHORIZED')
}

/** The chain grows: who acted before stays in it. */
function actorIn({ principal }: Party, actor: Party | undefined, client: string): Actor {
  const before = principal.actor
  return { subject: actor?.claims.sub ?? client, ...(before && { actor: before }) }
}

function grantOf({ claims, principal }: Party, decision: ExchangeDecision, request: ExchangeRequest): SettledGrant {
  const audience = decision.audience ?? request.audience ?? []
  if (audience.length === 0) throw issuerError('ERR_ISSUER_TARGET')
  const had = scopesOf(claims)
  const scopes = decision.scopes ?? request.scopes ?? had
  if (had !== undefined && !scopes!.every((one) => had.includes(one))) throw issuerError('ERR_ISSUER_SCOPE')
  const roles = stringsClaim(claims, 'roles')
  const amr = stringsClaim(claims, 'amr')
  const acr = stringClaim(claims, 'acr')
  const authTime = timeClaim(claims, 'auth_time')
  return {
    subject: claims.sub,
    ...(principal.tenant !== undefined && { tenant: principal.tenant }),
    client: request.client,
    audience,
    ...(scopes && { scopes }),
    ...(roles && { roles }),
    ...(amr && { amr }),
    ...(acr !== undefined && { acr }),
    ...(authTime !== undefined && { authTime }),
  }
}
