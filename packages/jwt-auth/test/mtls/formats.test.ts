import { X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { certificateThumbprint } from '@sallyport/jwt-auth/testing'
import { digestIn, digestOf, type CertificateFormat } from '../../src/mtls/formats.ts'
import { client, other } from '../../../../test/hosts/certificates.ts'

const der = new X509Certificate(client.cert).raw
const base64 = der.toString('base64')
const digest = certificateThumbprint(client.cert)
const hex = Buffer.from(digest, 'base64url').toString('hex')
const escaped = encodeURIComponent(`${client.cert}\n`)

describe('certificates in a header', () => {
  it('have the digest of their DER (RFC 8705, section 3.1)', () => {
    expect(digestOf(der)).toBe(digest)
    expect(new X509Certificate(client.cert).fingerprint256.replaceAll(':', '').toLowerCase()).toBe(hex)
  })

  it.each<[string, CertificateFormat, string]>([
    ['RFC 9440', 'rfc9440', `:${base64}:`],
    ['RFC 9440 in spaces', 'rfc9440', ` :${base64}: `],
    ['nginx, $ssl_client_escaped_cert', 'pem', escaped],
    [
      'AWS, where + = and / stand as they are',
      'pem',
      escaped.replaceAll('%2B', '+').replaceAll('%2F', '/').replaceAll('%3D', '='),
    ],
    ['a chain, the client first', 'pem', encodeURIComponent(`${client.cert}\n${other.cert}`)],
    ['PEM with CRLF', 'pem', encodeURIComponent(client.cert.replaceAll('\n', '\r\n'))],
    ['HAProxy, ssl_c_der in base64', 'der', base64],
    ['Envoy', 'xfcc', `By=spiffe://mesh/app;Hash=${hex};URI=spiffe://mesh/client`],
    ['Envoy with everything', 'xfcc', `Hash=${hex};Cert="${escaped}";Subject="CN=a,OU=\\"b\\"";DNS=c.test;DNS=d.test`],
    ['Envoy with the hash in capitals', 'xfcc', `hash=${hex.toUpperCase()}`],
  ])('are known as of %s', (_source, format, value) => {
    expect(digestIn(format, value)).toBe(digest)
  })

  it.each<[string, CertificateFormat, string]>([
    ['nothing', 'rfc9440', ''],
    ['RFC 9440 without colons', 'rfc9440', base64],
    ['RFC 9440 of nothing', 'rfc9440', '::'],
    ['RFC 9440 with more behind', 'rfc9440', `:${base64}:, :${base64}:`],
    ['base64 that is none', 'rfc9440', `:${base64.slice(0, -1)}!:`],
    ['base64url', 'der', `${base64.replaceAll('+', '-').replaceAll('/', '_')}-_`],
    ['base64 without its end', 'der', base64.slice(0, -1)],
    ['PEM that is cut off', 'pem', escaped.slice(0, -30)],
    ['PEM that is wrongly escaped', 'pem', `${escaped.slice(0, 40)}%zz${escaped.slice(40)}`],
    ['a key in PEM', 'pem', encodeURIComponent(client.key)],
    ['PEM behind something', 'pem', `x${escaped}`],
    ['Envoy without a hash', 'xfcc', 'By=spiffe://mesh/app;URI=spiffe://mesh/client'],
    ['Envoy with two elements', 'xfcc', `Hash=${hex};URI=a,Hash=${hex};URI=b`],
    ['Envoy with two hashes', 'xfcc', `Hash=${hex};Hash=${hex}`],
    ['Envoy with a hash in what the client calls itself', 'xfcc', `By=a;Subject="x;Hash=${hex};"`],
    ['Envoy with a quote left open', 'xfcc', `Subject="x;Hash=${hex}`],
    ['Envoy with a hash that is too short', 'xfcc', `Hash=${hex.slice(2)}`],
    ['Envoy with a hash that is too long', 'xfcc', `Hash=${hex}00`],
  ])('are none: %s', (_case, format, value) => {
    expect(digestIn(format, value)).toBeUndefined()
  })
})
