import { accept, checkOptions, coreError, optionError, type OptionRules } from '@sallyport/core'
import { audienceRule } from '../grant.ts'
import { isSecretHash, matchesSecret } from './client-secret.ts'

/** What a client may do. */
export interface ClientRights {
  /** What it may ask for itself (client credentials). @default none: it gets no tokens of its own */
  readonly scopes?: readonly string[]
  /** Whom its own tokens may be for. @default the issuer's `audience` */
  readonly audience?: string | readonly string[]
  /** Whether it may ask about tokens, as a resource server does (RFC 7662). @default false */
  readonly introspection?: boolean
}

/** A client by configuration. */
export interface ClientOptions extends ClientRights {
  readonly id: string
  /** What `hashClientSecret()` makes of its secret; two while it is being changed. @default none: a public client, such as an app on a phone */
  readonly secretHash?: string | readonly string[]
}

/** A client that was recognised. */
export interface Client extends ClientRights {
  readonly id: string
  /** Whether it has proved who it is. Public clients cannot. */
  readonly confidential: boolean
}

/** What a client has presented: RFC 6749, section 2.3.1. */
export interface PresentedClient {
  readonly id: string
  readonly secret: string | undefined
}

/** Says who a client is; nothing where it is not known or its secret is wrong. @param seen Express's `req`, Koa's `ctx` */
export type ClientVerifier = (
  presented: PresentedClient,
  seen: object,
) => Client | undefined | Promise<Client | undefined>

const rules: OptionRules<ClientOptions> = {
  id: accept.string,
  secretHash: {
    accepts: 'what hashClientSecret() makes of a secret, or a list of them',
    test: (v) => isSecretHash(v) || (Array.isArray(v) && v.length > 0 && v.every(isSecretHash)),
    secret: true,
  },
  scopes: accept.strings,
  audience: audienceRule,
  introspection: accept.boolean,
}

/** In place of the secrets of a client that is not known, so that the answer takes as long. No secret has this hash. */
const nobodys = [`sha256:${'A'.repeat(43)}`]

/**
 * Recognises configured clients, and the app's own one; that is public unless it is configured.
 * @throws SecurityError ERR_OPTION
 */
export function configuredClients(clients: readonly ClientOptions[], own: string): ClientVerifier {
  const known = new Map<string, { readonly client: Client; readonly hashes: readonly string[] }>()
  for (const [i, options] of clients.entries()) {
    const where = `issuer.routes clients[${i}]`
    checkOptions<ClientOptions>(where, options, rules)
    const { id, secretHash = [], ...rights } = options
    if (id === undefined) throw optionError(where, 'id', id, rules.id)
    if (known.has(id)) throw coreError('ERR_OPTION', { message: `${where}: the id is another client's` })
    const hashes = typeof secretHash === 'string' ? [secretHash] : secretHash
    const confidential = hashes.length > 0
    if (!confidential && (rights.scopes !== undefined || rights.introspection === true)) {
      throw coreError('ERR_OPTION', {
        message: `${where}: \`scopes\` and \`introspection\` need a \`secretHash\`; a public client cannot prove who it is`,
      })
    }
    known.set(id, { client: { ...rights, id, confidential }, hashes })
  }
  if (!known.has(own)) known.set(own, { client: { id: own, confidential: false }, hashes: [] })
  return ({ id, secret }) => {
    const found = known.get(id)
    if (secret === undefined) return found?.client.confidential === false ? found.client : undefined
    const right = matchesSecret(secret, found?.hashes.length ? found.hashes : nobodys)
    return right ? found?.client : undefined
  }
}
