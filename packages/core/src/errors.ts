/** By this key, on the prototype, errors of all copies of this package are known. */
const BRAND = Symbol.for('sallyport.error')

/** What a failure means to HTTP. */
export interface ErrorSpec {
  /** Status of the response. */
  readonly status: number
  /** One sentence that a stranger may read: it names the class of failure and no more. */
  readonly title: string
}

/** A package's closed table of failures: code → meaning. */
export type ErrorTable<Code extends string = string> = Readonly<Record<Code, ErrorSpec>>

/** Codes of the errors that `@sallyport/core` throws. */
export type CoreErrorCode =
  | 'ERR_OPTION'
  | 'ERR_UNAUTHENTICATED'
  | 'ERR_CREDENTIAL_CONFLICT'
  | 'ERR_CROSS_ORIGIN'
  | 'ERR_UNTRUSTED_PEER'
  | 'ERR_REVOKED'
  | 'ERR_GATE_FAILED'
  | 'ERR_STORE_UNAVAILABLE'
  | 'ERR_SEAL_BROKEN'
  | 'ERR_KEY_MISSING'
  | 'ERR_ENVIRONMENT_CLOSED'
  | 'ERR_ENVIRONMENT_CONFLICT'
  | 'ERR_PORT_ABSENT'
  | 'ERR_PORT_AMBIGUOUS'
  | 'ERR_ASYNC_CONTEXT_OFF'
  | 'ERR_NO_EXCHANGE'
  | 'ERR_RESPONSE_STARTED'
  | 'ERR_BODY_MALFORMED'
  | 'ERR_BODY_TOO_LARGE'
  | 'ERR_BODY_TYPE'

/** The failures of `@sallyport/core` itself. */
export const coreErrors: ErrorTable<CoreErrorCode> = {
  ERR_OPTION: { status: 500, title: 'The security configuration is wrong' },
  ERR_UNAUTHENTICATED: { status: 401, title: 'Authentication is required' },
  ERR_CREDENTIAL_CONFLICT: { status: 400, title: 'The request carries credentials of different accounts' },
  ERR_CROSS_ORIGIN: { status: 403, title: 'The request does not prove that it comes from the same origin' },
  ERR_UNTRUSTED_PEER: { status: 401, title: 'The identity headers do not come from a trusted gateway' },
  ERR_REVOKED: { status: 401, title: 'The credential was revoked' },
  ERR_GATE_FAILED: { status: 503, title: 'A security check could not be carried out' },
  ERR_STORE_UNAVAILABLE: { status: 503, title: 'Security state is not available' },
  ERR_SEAL_BROKEN: { status: 503, title: 'Security state is not what was stored' },
  ERR_KEY_MISSING: { status: 503, title: 'A key to security state is missing' },
  ERR_ENVIRONMENT_CLOSED: { status: 503, title: 'The security environment is closed' },
  ERR_ENVIRONMENT_CONFLICT: { status: 500, title: 'Two security environments on one request' },
  ERR_PORT_ABSENT: { status: 500, title: 'A security capability is missing' },
  ERR_PORT_AMBIGUOUS: { status: 500, title: 'A security capability is offered more than once' },
  ERR_ASYNC_CONTEXT_OFF: { status: 500, title: 'The asynchronous context is off' },
  ERR_NO_EXCHANGE: { status: 500, title: 'No gate of Sallyport has run on this request' },
  ERR_RESPONSE_STARTED: { status: 500, title: 'The response has already begun' },
  ERR_BODY_MALFORMED: { status: 400, title: 'The body of the request cannot be read' },
  ERR_BODY_TOO_LARGE: { status: 413, title: 'The body of the request is too large' },
  ERR_BODY_TYPE: { status: 415, title: 'The body of the request is of a kind that is not accepted' },
}

/** What may be told about an unexpected exception without repeating its text. */
export interface ErrorOrigin {
  readonly name: string
  readonly code?: string
  /** Where it was thrown: the first line of its stack, without the message. */
  readonly at?: string
}

/** Details of one failure. */
export interface SecurityErrorInit {
  readonly status: number
  /** For people: it may reach logs and, where `expose` is set, the client. Never holds a secret or upstream text. */
  readonly message: string
  /** Response headers, such as `www-authenticate` or `retry-after`. */
  readonly headers?: Readonly<Record<string, string>>
  /** Whether the message may reach the client. @default status < 500 */
  readonly expose?: boolean
  readonly origin?: ErrorOrigin
}

/**
 * A refusal. Goes to the app's own error handling, as http-errors do: Express and Koa read `status`,
 * `headers` and `expose`.
 *
 * The text of an underlying exception is never carried along, because error handlers log what they are given and
 * upstream texts hold secrets; `origin` names its class and place instead.
 */
export class SecurityError<Code extends string = string> extends Error {
  /** From a closed set, so that a `switch` can read it. */
  readonly code: Code
  readonly status: number
  /** The same as `status`, under the name that Express and Koa read too. */
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly expose: boolean
  readonly origin: ErrorOrigin | undefined
  constructor(code: Code, init: SecurityErrorInit) {
    super(init.message)
    this.name = 'SecurityError'
    this.code = code
    this.status = init.status
    this.statusCode = init.status
    this.headers = init.headers ?? {}
    this.expose = init.expose ?? init.status < 500
    this.origin = init.origin
  }

  /** Whether a value is a `SecurityError`, also one of another copy of this package. */
  static is(value: unknown): value is SecurityError {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true
  }
}
Object.defineProperty(SecurityError.prototype, BRAND, { value: true })

/** What one failure adds to its entry in the table. */
export interface FailureDetail {
  /** Instead of the table's title. */
  readonly message?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly origin?: ErrorOrigin
}

/** Seconds after which a client may try again when nothing better is known. */
const RETRY_AFTER = '5'

/** Makes the constructor of a package's errors from its closed table. */
export function errorsOf<Known extends string>(
  table: ErrorTable<Known>,
): <Code extends Known>(code: Code, detail?: FailureDetail) => SecurityError<Code> {
  return (code, detail = {}) => {
    const spec = table[code]
    const headers = spec.status === 503 ? { 'retry-after': RETRY_AFTER, ...detail.headers } : detail.headers
    return new SecurityError(code, {
      status: spec.status,
      message: detail.message ?? spec.title,
      ...(headers && { headers }),
      ...(detail.origin && { origin: detail.origin }),
      // A message of our own for a 5xx tells the operator what to do; the client reads the title only.
      expose: spec.status < 500,
    })
  }
}

/** Makes an error of core. */
export const coreError: <Code extends CoreErrorCode>(code: Code, detail?: FailureDetail) => SecurityError<Code> =
  errorsOf(coreErrors)

/** Names an exception without its text. */
export function originOf(thrown: unknown): ErrorOrigin {
  if (!isError(thrown)) return { name: typeof thrown }
  const code = (thrown as { code?: unknown }).code
  const at = thrown.stack
    ?.split('\n')
    .find((line) => /^\s+at /.test(line))
    ?.trim()
  return {
    name: thrown.name,
    ...(typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) && { code }),
    ...(at !== undefined && { at }),
  }
}

/** Also of another realm, as in a test runner's sandbox. */
function isError(thrown: unknown): thrown is Error {
  if (typeof thrown !== 'object' || thrown === null) return false
  const { name, stack } = thrown as Partial<Error>
  return typeof name === 'string' && (stack === undefined || typeof stack === 'string')
}
