import { publishedKeys } from './keys.ts'
import { NOW } from './tokens.ts'
import { LEEWAY } from './verifiers.ts'

/** What a token says, read as leniently as anybody might. */
interface Read {
  readonly token: string
  readonly header: Record<string, unknown>
  readonly claims: Record<string, unknown>
}

function read(token: string): Read {
  const [header = '', claims = ''] = token.split('.')
  return { token, header: parse(header), claims: parse(claims) }
}

function parse(part: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(Buffer.from(part, 'base64').toString())) as Record<string, unknown>
  } catch {
    return {}
  }
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '' && !/\p{Cs}/u.test(value)
const isTime = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value >= 0
const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== '')

/**
 * What we refuse on purpose though others accept it, by the code of our refusal: how to see it in the token. Written apart from the
 * code that refuses.
 */
export const intended: Readonly<Record<string, { readonly why: string; readonly holds: (token: Read) => boolean }>> = {
  ERR_JWT_REQUEST: {
    why: 'white space in the header',
    holds: ({ token }) => /\s/.test(token),
  },
  ERR_JWT_MALFORMED: {
    why: 'a second spelling of a token, JSON that parsers read differently, or an extension that nobody knows',
    holds: ({ token, header }) =>
      !isCanonical(token) ||
      saysTwice(token) ||
      isDeep(token) ||
      !isUtf8(token) ||
      Object.hasOwn(header, 'crit') ||
      Object.hasOwn(header, 'b64') ||
      !['string', 'undefined'].includes(typeof header['kid']) ||
      !['string', 'undefined'].includes(typeof header['typ']) ||
      !/^[^.]+\.[^.]+\.[^.]*$/.test(token),
  },
  ERR_JWT_TYPE: {
    why: 'not an access token',
    holds: ({ header, claims }) =>
      !/^(?:application\/)?at\+jwt$/i.test(String(header['typ'])) ||
      Object.hasOwn(claims, 'nonce') ||
      claims['token_use'] === 'id',
  },
  ERR_JWT_ALGORITHM: {
    why: 'another algorithm than that of the key',
    holds: ({ header }) => publishedKeys.some(({ kid, alg }) => kid === header['kid'] && alg !== header['alg']),
  },
  ERR_JWT_BOUND: {
    why: 'bound to a key',
    holds: ({ claims }) => Object.hasOwn(claims, 'cnf'),
  },
  ERR_JWT_NOT_YET_VALID: {
    why: 'from the future',
    holds: ({ claims }) => Number(claims['iat']) > NOW + LEEWAY,
  },
  ERR_JWT_CLAIMS: {
    why: 'a claim that is missing or of the wrong kind',
    holds: ({ claims }) => {
      const { sub, jti, client_id: client, exp, iat, aud, scope = '', roles = [], act = { sub: 'a' } } = claims
      const { nbf = 0, auth_time: login = 0 } = claims
      return (
        ![sub, jti, client].every(isText) ||
        ![exp, iat, nbf, login].every(isTime) ||
        !(typeof aud === 'string' || isTexts(aud)) ||
        !(typeof scope === 'string' || isTexts(scope)) ||
        !(isText(roles) || isTexts(roles)) ||
        !isText((Object(act) as { sub?: unknown }).sub)
      )
    },
  },
}

/** Whether a refusal of ours, of what another verifier accepts, is of an intended kind. */
export function isIntended(code: string, token: string): boolean {
  return intended[code]?.holds(read(token)) ?? false
}

/** Whether a proof that we refuse, and another verifier accepts, is refused on purpose: how to see it in the proof. */
export function isProofIntended(proof: string): boolean {
  const { header, claims } = read(proof)
  const { iat, jti, htu } = claims as { iat?: unknown; jti?: unknown; htu?: unknown }
  const { d, use = 'sig', key_ops: operations, alg = header['alg'] } = Object(header['jwk']) as Record<string, unknown>
  return (
    // As of tokens.
    intended['ERR_JWT_MALFORMED']!.holds({ token: proof, header, claims }) ||
    // Older, or from further ahead, than we take.
    Math.abs(Number(iat) - NOW) > LEEWAY ||
    jti === '' ||
    // A time that is none.
    [claims['exp'], claims['nbf']].some((time) => time !== undefined && !isTime(time)) ||
    // The type in another spelling.
    header['typ'] !== 'dpop+jwt' ||
    // An algorithm that was not named.
    header['alg'] === 'ES512' ||
    // A key that is private, or says that it is for something else.
    d !== undefined ||
    use !== 'sig' ||
    operations !== undefined ||
    alg !== header['alg'] ||
    // An address with a user in it.
    String(htu).includes('@')
  )
}

function isCanonical(token: string): boolean {
  return token.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part)
}

function textsOf(token: string): Buffer[] {
  return token
    .split('.')
    .slice(0, 2)
    .map((part) => Buffer.from(part, 'base64'))
}

function isUtf8(token: string): boolean {
  return textsOf(token).every(
    (bytes) => Buffer.from(bytes.toString()).equals(bytes) && !bytes.toString().startsWith('\ufeff'),
  )
}

/** Whether a member occurs twice in one object: then what a parser keeps has fewer of them than the text. */
function saysTwice(token: string): boolean {
  return textsOf(token).some((bytes) => {
    const bare = bytes.toString().replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
    let kept = 0
    try {
      JSON.parse(bytes.toString(), (_name, value: unknown) => {
        if (typeof value === 'object' && value !== null && !Array.isArray(value)) kept += Object.keys(value).length
        return value
      })
    } catch {
      return false
    }
    return bare.split(':').length - 1 > kept
  })
}

function isDeep(token: string): boolean {
  return textsOf(token).some((bytes) => {
    let depth = 0
    let most = 0
    for (const c of bytes.toString().replaceAll(/"(?:[^"\\]|\\.)*"/g, '')) {
      if (c === '{' || c === '[') most = Math.max(most, ++depth)
      if (c === '}' || c === ']') depth--
    }
    return most > 16
  })
}
