import {
  accept,
  acceptNumber,
  checkOptions,
  defineMiddleware,
  optionError,
  type Answer,
  type Environment,
  type Middleware,
  type OptionRules,
} from '@sallyport/core'
import cors from 'cors'
import { sinkOf } from './sink.ts'

/** Which pages of other origins may call, and how (Fetch standard, section 3.2). */
export interface CorsRules {
  /** Origins such as `https://app.example.com`, or `'*'` for all, which then may not send cookies. */
  readonly origins: readonly string[] | '*'
  /** Whether they may send cookies. Add them to `allowedOrigins` too, if they may change things with them. @default false */
  readonly credentials?: boolean
  /** @default GET, HEAD, PUT, PATCH, POST, DELETE */
  readonly methods?: readonly string[]
  /** Headers that they may send. @default those that they ask for */
  readonly headers?: readonly string[]
  /** Headers of answers that they may read. @default [] */
  readonly exposed?: readonly string[]
  /** How long browsers may keep the answer to a preflight, in seconds. @default 600 */
  readonly maxAge?: number
}

const isOrigin = (v: unknown): boolean => typeof v === 'string' && URL.canParse(v) && new URL(v).origin === v

const rules: OptionRules<CorsRules> = {
  origins: {
    accepts: "a list of origins such as 'https://app.example.com', or '*'",
    test: (v) => v === '*' || (Array.isArray(v) && v.length > 0 && v.every(isOrigin)),
  },
  credentials: accept.boolean,
  methods: accept.strings,
  headers: accept.strings,
  exposed: accept.strings,
  maxAge: acceptNumber('seconds', 0, 86_400),
}

/**
 * Answers preflights, and tells browsers which pages may read answers: the package `cors`, on every host.
 * @throws SecurityError ERR_OPTION
 */
export function crossOrigin(environment: Environment, options: CorsRules): Middleware {
  checkOptions<CorsRules>('sallyport cors', options, rules)
  const { origins, credentials = false, methods, headers, exposed, maxAge = 600 } = options
  if (origins === undefined) throw optionError('sallyport cors', 'origins', origins, rules.origins)
  if (origins === '*' && credentials) {
    throw optionError('sallyport cors', 'origins', origins, { accepts: 'a list, where `credentials` is true' })
  }
  const allow = cors({
    origin: origins === '*' ? '*' : [...origins],
    credentials,
    maxAge,
    ...(methods && { methods: [...methods] }),
    ...(headers && { allowedHeaders: [...headers] }),
    ...(exposed && { exposedHeaders: [...exposed] }),
  })
  return defineMiddleware({
    name: 'cors',
    environment,
    gate(exchange): void | Answer {
      if (exchange.headersSent) return undefined
      // An OPTIONS that asks nothing is a request like others, and is not let through without a decision.
      const preflight = exchange.method === 'OPTIONS' && exchange.header('access-control-request-method') !== undefined
      let answer: Answer | undefined
      const request = {
        method: preflight ? 'OPTIONS' : 'GET',
        headers: {
          origin: exchange.header('origin'),
          'access-control-request-headers': exchange.header('access-control-request-headers'),
        },
      }
      allow(request as never, sinkOf(exchange, (status) => void (answer = { status })) as never, () => undefined)
      return answer
    },
  })
}
