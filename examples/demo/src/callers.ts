import type { EmbeddedIssuer } from '@sallyport/example-orders'
import { exportSPKI, generateKeyPair, importJWK, SignJWT, type CryptoKey, type JSONWebKeySet } from 'jose'

/** Who asks, with what in hand. */
export type Caller =
  | 'nobody'
  | 'forged token'
  | 'expired token'
  | 'alg:none token'
  | 'token signed as HS256'
  | 'token of another API'
  | 'viewer'
  | 'clerk'
  | 'admin'

/** The tokens of one walk. The bad ones all say that an admin asks. */
export type Tokens = Readonly<Record<Caller, string | undefined>>

/** Mints the token of every caller. */
export async function mintTokens(issuer: EmbeddedIssuer): Promise<Tokens> {
  const ada = { subject: 'ada', roles: ['admin'] }
  const good = await issuer.token(ada)
  const { privateKey: forgersKey } = await generateKeyPair('ES256')
  return {
    nobody: undefined,
    'forged token': await issuer.token({ ...ada, key: forgersKey }),
    'expired token': await issuer.token({ ...ada, lifetime: -60 }),
    'alg:none token': unsigned(good),
    'token signed as HS256': await signedWithPublicKey(issuer, ada.roles),
    'token of another API': await issuer.token({ ...ada, audience: 'payments' }),
    viewer: await issuer.token({ subject: 'vera', roles: ['viewer'] }),
    clerk: await issuer.token({ subject: 'carl', roles: ['clerk'] }),
    admin: good,
  }
}

/** The same token, which says that it needs no signature. */
function unsigned(token: string): string {
  const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt' })).toString('base64url')
  return `${header}.${token.split('.')[1]}.`
}

/** The old trick: everybody has the public key, so sign with it as if it were a shared secret. */
async function signedWithPublicKey(issuer: EmbeddedIssuer, roles: readonly string[]): Promise<string> {
  const { keys } = (await (await fetch(issuer.jwksUri)).json()) as JSONWebKeySet
  const publicKey = await importJWK(keys[0]!, 'ES256', { extractable: true })
  return new SignJWT({ roles })
    .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: keys[0]!.kid! })
    .setIssuer(issuer.issuer)
    .setAudience(issuer.audience)
    .setSubject('ada')
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(await exportSPKI(publicKey as CryptoKey)))
}
