import { hash } from 'node:crypto'

/** How a proxy writes down a certificate. */
export type CertificateFormat = 'rfc9440' | 'pem' | 'der' | 'xfcc'

const base64 = /^(?:[a-z\d+/]{4})*(?:[a-z\d+/]{2}==|[a-z\d+/]{3}=)?$/i

/** The SHA-256 of a certificate in DER, as tokens name it (RFC 8705, section 3.1). */
export function digestOf(der: Uint8Array): string {
  return hash('sha256', der, 'base64url')
}

const readers: Readonly<Record<CertificateFormat, (value: string) => string | undefined>> = {
  rfc9440: (value) => ofBase64(/^:([^:]+):$/.exec(value)?.[1]),
  der: (value) => ofBase64(value),
  pem: (value) => {
    // The first one is the client's own; of a chain the others have issued it.
    const [, body] =
      /^-----BEGIN CERTIFICATE-----([\sa-z\d+/=]+?)-----END CERTIFICATE-----/i.exec(unescaped(value)) ?? []
    return ofBase64(body?.replaceAll(/\s/g, ''))
  },
  xfcc: (value) => {
    // In quotes stands what the client has chosen, such as its name.
    const bare = value.replaceAll(/"(?:[^"\\]|\\.)*"/g, '')
    // Of several elements nothing tells which one is of the client.
    if (/[",]/.test(bare)) return undefined
    const hashes = [...bare.matchAll(/(?:^|;)hash=([\da-f]{64})(?=;|$)/gi)]
    return hashes.length === 1 ? Buffer.from(hashes[0]![1]!, 'hex').toString('base64url') : undefined
  },
}

/** Every format. */
export const certificateFormats: readonly string[] = Object.keys(readers)

/** The SHA-256 of the certificate that a header holds; nothing where it holds none. */
export function digestIn(format: CertificateFormat, value: string): string | undefined {
  return readers[format](value.trim())
}

function ofBase64(text: string | undefined): string | undefined {
  return text === undefined || text === '' || !base64.test(text) ? undefined : digestOf(Buffer.from(text, 'base64'))
}

function unescaped(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return ''
  }
}
