import {
  accept,
  acceptNumber,
  acceptOneOf,
  checkOptions,
  coreError,
  optionError,
  type OptionRules,
} from '@sallyport/core'

/** Options of `passkeys`. */
export interface PasskeyOptions {
  /** The domain that passkeys are made for, such as `example.com`: the pages' own or one above it. */
  readonly rpId: string
  /** The app's name, as browsers show it. */
  readonly rpName: string
  /** Origins of the pages that may ask for one, such as `https://shop.example.com`. */
  readonly origins: readonly string[]
  /** Origins of pages that may hold such a page in a frame. @default []: none */
  readonly topOrigins?: readonly string[]
  /**
   * Whether the key must make sure who uses it, by fingerprint, face or PIN. With `required` a passkey is two factors in one.
   * @default 'required'
   */
  readonly userVerification?: 'required' | 'discouraged'
  /** `platform`: those built into the device only, `cross-platform`: security keys and phones only. @default both */
  readonly attachment?: 'platform' | 'cross-platform'
  /** Most passkeys of one account. @default 10 */
  readonly most?: number
}

const originRule = {
  accepts: "a list of at least one origin such as 'https://shop.example.com'",
  test: (v: unknown) => accept.strings.test(v) && (v as string[]).length > 0 && (v as string[]).every(isOrigin),
}

const rules: OptionRules<PasskeyOptions> = {
  rpId: {
    accepts: "a domain such as 'example.com', without scheme and port",
    test: (v) => typeof v === 'string' && isDomain(v),
  },
  rpName: accept.string,
  origins: originRule,
  topOrigins: { accepts: 'a list of origins', test: (v) => accept.strings.test(v) && (v as string[]).every(isOrigin) },
  userVerification: acceptOneOf('required', 'discouraged'),
  attachment: acceptOneOf('platform', 'cross-platform'),
  most: acceptNumber('passkeys', 1, 50),
}

/** @throws SecurityError ERR_OPTION */
export function checkPasskeyOptions(options: PasskeyOptions): void {
  checkOptions<PasskeyOptions>('passkeys', options, rules)
  for (const name of ['rpId', 'rpName', 'origins'] as const)
    if (options[name] === undefined) throw optionError('passkeys', name, undefined, rules[name])
  // WebAuthn, section 5.1.3: a browser refuses another domain, and nobody would know why.
  const foreign = options.origins.find((origin) => !isWithin(new URL(origin).hostname, options.rpId))
  if (foreign !== undefined) {
    throw coreError('ERR_OPTION', {
      message: `passkeys: the origin '${foreign}' is not within \`rpId\` '${options.rpId}'; accepted is the origin's own domain or one above it`,
    })
  }
}

function isWithin(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`)
}

function isDomain(text: string): boolean {
  return /^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/.test(text)
}

/** Browsers have passkeys in secure contexts only. */
function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { origin, protocol, hostname } = new URL(text)
  return origin === text && (protocol === 'https:' || hostname === 'localhost')
}
