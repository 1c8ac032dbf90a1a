import { defineMiddleware, environmentOf, type Environment, type Middleware, type Principal } from '@sallyport/core'
import type { Transform } from 'node:stream'
import type { Span } from './engine/entity.ts'
import { createGate } from './http/gate.ts'
import { checkPiiOptions, type PiiRedactorOptions } from './options.ts'
import { Redactor, type PolicyName, type StreamKind } from './redactor.ts'
import type { Counts } from './report.ts'
import { reveal } from './reveal.ts'
import { transformOf } from './stream/transform.ts'

declare module '@sallyport/core' {
  interface SecurityEventMap {
    /** Personal data was found and taken out: how often which kind. */
    'pii.redacted': {
      /** `response`, `request`, `log`, `value`, `outbound` … */
      readonly where: string
      readonly counts: Readonly<Record<string, number>>
    }
    /** Personal data was found in an answer and left there (`reportOnly`): which route gives what away. */
    'pii.leaked': {
      readonly method: string
      readonly route: string
      readonly counts: Readonly<Record<string, number>>
    }
    /** Somebody asked for the value of a token. */
    'pii.revealed': {
      readonly granted: boolean
      readonly entity: string
      readonly issuer?: string
      readonly subject?: string
    }
  }
}

/** Options of one call. */
export interface RedactOptions {
  /** Which of the policies. @default 'policy' */
  readonly as?: PolicyName
}

/** Options of `pii.stream`. */
export interface StreamOptions extends RedactOptions {
  /** What the stream carries. @default 'text' */
  readonly kind?: StreamKind
}

/** A middleware for answers, and the same for any value. */
export type PiiRedactor = Middleware & {
  /** Where in a text what is. */
  find(text: string): readonly Span[]
  /** A value without personal data: of strings, objects, lists, maps, errors, bytes. The value itself is not changed. */
  redact<Value>(value: Value, options?: RedactOptions): Value
  /** A stream of text, JSON or server-sent events through which personal data does not pass, however it is cut. */
  stream(options?: StreamOptions): Transform
  /**
   * The value of a token, or of what was encrypted in place, for whoever has the permission `reveal`. Each attempt is an event.
   * @throws SecurityError ERR_PII_FORBIDDEN (403), ERR_PII_TOKEN (400), ERR_PORT_ABSENT (500) without rbac
   */
  reveal(token: string, principal: Principal | undefined): Promise<string>
  /** How often what was found since the start, by place. */
  report(): Readonly<Record<string, Readonly<Counts>>>
  readonly environment: Environment
}

/**
 * Takes personal data and secrets out of answers, logs and values.
 *
 * ```ts
 * const pii = piiRedactor()
 * app.use(pii)
 * logger.info(pii.redact({ user }))
 * ```
 * @throws SecurityError ERR_OPTION
 */
export function piiRedactor(options: PiiRedactorOptions = {}): PiiRedactor {
  const given = Object(options) as PiiRedactorOptions
  const environment = environmentOf({ env: typeof given.env?.publish === 'function' ? given.env : undefined })
  checkPiiOptions(options, environment.keyRing !== undefined)
  const redactor = new Redactor(environment, options)
  environment.ports.offer('redact', (value) => redactor.valueForOthers(value))
  const middleware = defineMiddleware({
    name: 'piiRedactor',
    environment,
    gate: createGate(redactor, environment, options),
  })
  return Object.assign(middleware, {
    environment,
    find: (text: string) => redactor.find(text),
    redact: <Value>(value: Value, { as = 'policy' }: RedactOptions = {}) =>
      redactor.value(value, as, as === 'logs' ? 'log' : 'value') as Value,
    stream: ({ kind = 'text', as = 'policy' }: StreamOptions = {}) => {
      const counts: Counts = {}
      return transformOf(redactor.stream(kind, as, counts), () => redactor.report('stream', counts))
    },
    reveal: (token: string, principal: Principal | undefined) =>
      reveal(
        { environment, keys: redactor.keys, scope: options.scope ?? 'app', permission: options.reveal },
        token,
        principal,
      ),
    report: () => structuredClone(redactor.totals),
  })
}
