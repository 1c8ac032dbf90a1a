import { acceptOneOf, checkOptions, coreError, type Environment, type OptionRules } from '@sallyport/core'
import { certificateFormats, type CertificateFormat } from './formats.ts'

/** How clients prove that they hold the certificate that a token is bound to (mutual TLS, RFC 8705, section 3). */
export interface MtlsOptions {
  /**
   * Name of the header in which the environment's `trustedProxies` tell of the client's certificate, such as `client-cert`. They must
   * remove it from what clients send. From anybody else it is not read. @default none: only connections that reach the app itself count
   */
  readonly header?: string
  /**
   * How it stands there. `rfc9440`: `:` base64 of the DER `:`; `pem`: percent-encoded PEM, as of nginx (`$ssl_client_escaped_cert`) and AWS;
   * `der`: base64 of the DER, as of HAProxy; `xfcc`: Envoy's `x-forwarded-client-cert`. @default 'rfc9440'
   */
  readonly format?: CertificateFormat
}

/** The options, checked and complete. */
export interface MtlsSettings {
  readonly header: string | undefined
  readonly format: CertificateFormat
}

const rules: OptionRules<MtlsOptions> = {
  header: {
    accepts: "the name of a header, such as 'client-cert'",
    test: (v) => typeof v === 'string' && /^[!#$%&'*+.^`|~\w-]+$/.test(v),
  },
  format: acceptOneOf(...certificateFormats),
}

/**
 * Checks the option `mtls`; nothing where it is off.
 * @throws SecurityError ERR_OPTION
 */
export function settleMtls(
  option: boolean | MtlsOptions | undefined,
  { proxies }: Environment,
): MtlsSettings | undefined {
  if (option === undefined || option === false) return undefined
  const options = option === true ? {} : option
  checkOptions<MtlsOptions>('jwtAuth mtls', options, rules)
  const { header, format = 'rfc9440' } = options
  if (header !== undefined && !proxies.any) {
    throw coreError('ERR_OPTION', {
      message:
        'jwtAuth mtls: option `header` is given, but the environment trusts no proxy that could write it; name it in createEnvironment({ trustedProxies })',
    })
  }
  return { header, format }
}
