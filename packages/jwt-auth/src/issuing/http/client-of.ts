import type { Exchange } from '@sallyport/core'
import { issuerError } from '../errors.ts'
import type { Client, ClientVerifier, PresentedClient } from './clients.ts'
import { field, type Fields } from './fields.ts'

/** Finds out which client asks. @throws SecurityError ERR_ISSUER_CLIENT (401), ERR_ISSUER_REQUEST (400) */
export type ClientReader = (exchange: Exchange, fields: Fields) => Promise<Client>

/** @param own the app's own client: who does not say who it is */
export function clientReader(own: string, verify: ClientVerifier): ClientReader {
  return async (exchange, fields) => {
    const presented = presentedClient(exchange, fields) ?? { id: own, secret: undefined }
    const client = await verify(presented, exchange.host.seen)
    if (client === undefined || client.id !== presented.id) throw issuerError('ERR_ISSUER_CLIENT')
    return client
  }
}

/** RFC 6749, section 2.3: by HTTP Basic or in the body, not both. */
function presentedClient(exchange: Exchange, fields: Fields): PresentedClient | undefined {
  const inHeader = fromHeader(exchange)
  const id = field(fields, 'client_id')
  const secret = field(fields, 'client_secret')
  if (inHeader === undefined) {
    if (id === undefined && secret !== undefined) throw issuerError('ERR_ISSUER_REQUEST')
    return id === undefined ? undefined : { id, secret }
  }
  if (secret !== undefined || (id !== undefined && id !== inHeader.id)) throw issuerError('ERR_ISSUER_REQUEST')
  return inHeader
}

function fromHeader(exchange: Exchange): PresentedClient | undefined {
  const lines = exchange.headerLines('authorization')
  if (lines.length > 1) throw issuerError('ERR_ISSUER_REQUEST')
  const [, encoded] = /^basic +([\w+/=-]+)$/i.exec(lines[0] ?? '') ?? []
  // Another scheme is another credential, for others to read.
  if (encoded === undefined) return undefined
  const pair = Buffer.from(encoded, 'base64').toString()
  const colon = pair.indexOf(':')
  if (colon === -1) throw issuerError('ERR_ISSUER_REQUEST')
  return { id: decode(pair.slice(0, colon)), secret: decode(pair.slice(colon + 1)) }
}

/** Both are encoded as in a form, so that a colon in them is told from the one between. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw issuerError('ERR_ISSUER_REQUEST')
  }
}
