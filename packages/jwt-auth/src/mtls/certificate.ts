import type { Exchange } from '@sallyport/core'
import { Refusal } from '../errors.ts'
import { digestIn, digestOf } from './formats.ts'
import type { MtlsSettings } from './options.ts'

/**
 * Demands the certificate that a token is bound to (RFC 8705, section 3): that of the connection, or, where a trusted proxy ends TLS and
 * tells of it, the one that the proxy has seen. The certificate of a proxy is not that of a client.
 * @throws Refusal ERR_JWT_BOUND
 */
export function demandCertificate(exchange: Exchange, digest: string, { header, format }: MtlsSettings): void {
  const shown =
    header !== undefined && exchange.peerTrusted ? reported(exchange, header, format) : ofConnection(exchange)
  if (shown === undefined) throw new Refusal('ERR_JWT_BOUND', 'no client certificate was shown')
  if (shown !== digest) throw new Refusal('ERR_JWT_BOUND', 'the client certificate is not the one of the token')
}

function ofConnection({ peerCertificate }: Exchange): string | undefined {
  return peerCertificate && digestOf(peerCertificate)
}

function reported(exchange: Exchange, header: string, format: MtlsSettings['format']): string | undefined {
  const [value, ...others] = exchange.headerLines(header)
  // One of them may be the client's.
  if (others.length > 0) throw new Refusal('ERR_JWT_BOUND', 'the header with the client certificate came several times')
  return value === undefined ? undefined : digestIn(format, value)
}
