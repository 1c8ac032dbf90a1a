import type { Environment, Exchange, Gate } from '@sallyport/core'
import type { PiiRedactorOptions } from '../options.ts'
import type { Redactor } from '../redactor.ts'
import type { Counts } from '../report.ts'
import { BytesFilter, PassingFilter } from './filter.ts'

/** Answers of this kind are looked through. */
const READ =
  /^(?:text\/|application\/(?:[\w.+-]+\+)?(?:json|xml|x-ndjson|ndjson|jsonl?|json-seq|x-www-form-urlencoded|javascript|graphql|yaml|x-yaml|csv))/

/** The gate: bodies of requests where wanted, and every answer. */
export function createGate(redactor: Redactor, environment: Environment, options: PiiRedactorOptions): Gate {
  const { unmask, reportOnly = false, requests = false, bodyLimit = 1_048_576 } = options

  return (exchange) => {
    // What a client has is compared with what is sent, never with what it would have been: else guesses could be confirmed.
    const ifNoneMatch = reportOnly ? undefined : exchange.takeHeader('if-none-match')
    // A part of a body may begin in the midst of what must not be seen.
    if (!reportOnly) for (const name of ['range', 'if-range', 'if-match']) exchange.takeHeader(name)
    if (unmask !== undefined) exchange.beforeHeaders(dependOnCaller)
    let done = false

    exchange.onObject((body) => {
      if (seesAll(exchange)) return body
      done = true
      if (!reportOnly && !exchange.headersSent) exchange.removeHeader('etag')
      const counts: Counts = {}
      const redacted = redactor.walked(body, 'responses', counts)
      told(exchange, counts)
      return reportOnly ? body : redacted
    })
    exchange.onBody(() => {
      const plan = ifNoneMatch === undefined ? {} : { ifNoneMatch }
      if (done || seesAll(exchange)) return plan
      const type = (exchange.responseHeader('content-type') ?? '').toLowerCase()
      if (type !== '' && !READ.test(type)) return plan
      const counts: Counts = {}
      const filter = new BytesFilter(redactor, {
        type,
        encoding: (exchange.responseHeader('content-encoding') ?? 'identity').toLowerCase(),
        limit: bodyLimit,
        counts,
        done: () => told(exchange, counts),
      })
      return { ...plan, filter: reportOnly ? new PassingFilter(filter) : filter }
    })
    return requests ? redactRequest(exchange) : undefined
  }

  function seesAll(exchange: Exchange): boolean {
    const { principal } = exchange
    if (unmask === undefined || principal === undefined) return false
    return environment.ports.ask('can')(principal, unmask)
  }

  function told(exchange: Exchange, counts: Readonly<Counts>): void {
    if (!reportOnly) return redactor.report('response', counts, exchange)
    if (Object.keys(counts).length === 0 || !environment.listening) return
    const route = routeOf(exchange.path)
    const heard = environment.publish('pii.leaked', { method: exchange.method, route, counts: { ...counts } }, exchange)
    if (heard !== undefined) heard.catch(() => undefined)
  }

  async function redactRequest(exchange: Exchange): Promise<void> {
    const length = exchange.header('content-length')
    if ((length === undefined || length === '0') && exchange.header('transfer-encoding') === undefined) return
    const { value } = await exchange.readBody(bodyLimit)
    const counts: Counts = {}
    const redacted = redactor.walked(value, 'responses', counts)
    redactor.report('request', counts, exchange)
    if (!reportOnly) exchange.replaceBody(redacted)
  }
}

/** An answer that is not the same for everybody may be kept by nobody else (RFC 9111, section 5.2.2.7). */
function dependOnCaller(exchange: Exchange): void {
  const control = exchange.responseHeader('cache-control') ?? ''
  const others = control
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '' && !/^(?:public|private|s-maxage)/i.test(one))
  exchange.setHeader('cache-control', ['private', ...others].join(', '))
  exchange.appendHeader('vary', 'Authorization, Cookie')
}

/** A path without what names one thing: numbers, hashes, UUIDs, addresses. */
function routeOf(path: string): string {
  return path
    .split('/')
    .map((part) => (/\d/.test(part) || part.length > 24 || /[@%]/.test(part) ? ':id' : part))
    .join('/')
}
