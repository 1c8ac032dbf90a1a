import { accept, acceptNumber, checkOptions, optionError, type OptionRule, type OptionRules } from '@sallyport/core'

/** What the app grants to somebody who has logged in: what their tokens will say. */
export interface Grant {
  /** The account's id, unique within the issuer and tenant. */
  readonly subject: string
  readonly tenant?: string
  /** The client that the tokens are for. @default the issuer's `clientId` */
  readonly client?: string
  /** @default the issuer's `audience` */
  readonly audience?: string | readonly string[]
  /** Absent: the tokens say nothing of scopes, and none limit them. */
  readonly scopes?: readonly string[]
  readonly roles?: readonly string[]
  /** Authentication methods (RFC 8176), such as `['pwd', 'otp']`. */
  readonly amr?: readonly string[]
  readonly acr?: string
  /** When the user proved who they are, in seconds since the Unix epoch. @default now */
  readonly authTime?: number
  /** The session that the tokens belong to, and fall with. @default a new one */
  readonly sid?: string
  /** Further claims, as they shall stand in the access token. */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** A grant, checked, with what was left out filled in. Goes into the store as JSON. */
export interface SettledGrant extends Grant {
  readonly client: string
  readonly audience: string | readonly string[]
}

/** What only the issuer writes into a token, or what would make an access token look like another kind of token. */
const reserved = new Set([
  ...['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'client_id', 'scope', 'scp', 'roles', 'sid', 'cnf', 'act'],
  ...['amr', 'acr', 'auth_time', 'nonce', 'at_hash', 'c_hash', 's_hash', 'events', 'typ', 'token_use'],
])

// Well-formed: lone surrogates have no UTF-8, so two such names would be one in a token.
const name: OptionRule = {
  accepts: 'a non-empty string of at most 1024 characters',
  test: (v) => typeof v === 'string' && v !== '' && v.length <= 1024 && !/\p{Cs}/u.test(v),
}
const names: OptionRule = {
  accepts: 'a list of non-empty strings',
  test: (v) => Array.isArray(v) && v.every((one) => name.test(one)),
}

/** RFC 6749, section 3.3. */
const scopeNames: OptionRule = {
  accepts: 'a list of scopes: printable ASCII without space, quote and backslash',
  test: (v) => Array.isArray(v) && v.every((one) => typeof one === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(one)),
}

export const audienceRule: OptionRule = {
  accepts: 'a non-empty string, or a list of them',
  test: (v) => name.test(v) || (names.test(v) && (v as unknown[]).length > 0),
}

const rules: OptionRules<Grant> = {
  subject: name,
  tenant: name,
  client: name,
  audience: audienceRule,
  scopes: scopeNames,
  roles: names,
  amr: names,
  acr: name,
  authTime: acceptNumber('seconds since the Unix epoch', 0, 100_000_000_000),
  sid: name,
  claims: accept.object,
}

/**
 * Checks a grant.
 * @throws SecurityError ERR_OPTION
 */
export function settleGrant(
  grant: Grant,
  defaults: Pick<SettledGrant, 'client' | 'audience'>,
  tenantClaim: string,
): SettledGrant {
  checkOptions<Grant>('tokenIssuer grant', grant, rules)
  if (grant.subject === undefined) throw optionError('tokenIssuer grant', 'subject', undefined, rules.subject)
  const stray = Object.keys(grant.claims ?? {}).find((one) => reserved.has(one) || one === tenantClaim)
  if (stray !== undefined) {
    throw optionError('tokenIssuer grant', `claims.${stray}`, grant.claims![stray], {
      accepts: 'a claim that the issuer does not write itself',
      secret: true,
    })
  }
  const { client = defaults.client, audience = defaults.audience } = grant
  try {
    // As it will come back from the store and out of the token: undefined members are absent.
    return JSON.parse(JSON.stringify({ ...grant, client, audience })) as SettledGrant
  } catch {
    throw optionError('tokenIssuer grant', 'claims', grant.claims, { accepts: 'what JSON can hold', secret: true })
  }
}
