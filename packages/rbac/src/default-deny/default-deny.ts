import {
  accept,
  checkOptions,
  decisionOn,
  defineMiddleware,
  exchangeOf,
  optionError,
  reportOnly,
  type Environment,
  type Exchange,
  type Middleware,
  type OptionRules,
} from '@sallyport/core'
import { rbacError } from '../errors.ts'
import { coverExpressApp, coverExpressRouter, isExpressApp, isExpressRouter } from './express.ts'
import { coverKoaApp, coverKoaRouter, isKoaApp, isKoaRouter } from './koa.ts'

/** Options of `access.defaultDeny`. */
export interface DefaultDenyOptions {
  /** Whether it only tells what it would refuse, by events and warnings: how a live app finds its gaps. @default false */
  readonly reportOnly?: boolean
}

/** What covering a router needs, whatever framework it is of. */
export interface Cover {
  /** Refuses what is on the route of this name; where it only reports it passes. */
  refusalFor(route: () => string): Middleware
  /** Looks at the response as well, for what `use()` mounts: nothing but an error is answered without a decision. */
  readonly watch: Middleware
  /** The request has left the router. */
  leave(seen: object): void
  warn(message: string): void
}

/** Under this key an app says that it is covered, to whoever lists its routes. */
const COVERED = Symbol.for('sallyport.default-deny')
const NAME = 'rbac.default-deny'

const rules: OptionRules<DefaultDenyOptions> = { reportOnly: accept.boolean }

/** @throws SecurityError ERR_OPTION for what is no app or router that can be covered */
export function coverWithDefaultDeny(environment: Environment, target: unknown, options: unknown): void {
  checkOptions<DefaultDenyOptions>('access.defaultDeny', options, rules)
  const cover = createCover(environment, options.reportOnly === true)
  const mark = { value: { reportOnly: options.reportOnly === true }, configurable: true }
  if (isExpressApp(target)) coverExpressApp(target, cover)
  else if (isExpressRouter(target)) coverExpressRouter(target, cover)
  else if (isKoaApp(target)) coverKoaApp(target, cover)
  else if (isKoaRouter(target)) coverKoaRouter(target, cover)
  else {
    throw optionError('access.defaultDeny', 'appOrRouter', typeof target, {
      accepts: 'an app or a router of Express 4 or 5, a Koa app, or a router of @koa/router',
    })
  }
  Object.defineProperty(target, COVERED, mark)
}

function createCover(environment: Environment, onlyReports: boolean): Cover {
  const warned = new Set<string>()
  const slot = Symbol(NAME)
  type Watched = Exchange & { [slot: symbol]: { active: boolean } | undefined }

  const warn = (message: string): void => {
    if (warned.has(message) || warned.size >= 1000) return
    warned.add(message)
    process.emitWarning(`rbac: ${message}`, 'SallyportWarning')
  }

  const tell = (what: string): void => {
    const does = onlyReports ? 'would be refused' : 'was refused'
    warn(
      `${what} ${does}: nobody decided about it. Put access.require(), access.authenticated() or publicRoute() there`,
    )
  }

  return {
    warn,
    refusalFor(route) {
      const refuse = defineMiddleware({
        name: NAME,
        environment,
        gate(exchange) {
          tell(`${exchange.method} ${route()}`)
          throw rbacError('ERR_RBAC_UNDECIDED')
        },
      })
      return onlyReports ? reportOnly(refuse) : refuse
    },
    watch: defineMiddleware({
      name: NAME,
      environment,
      gate(exchange) {
        const watched = exchange as Watched
        const present = watched[slot]
        if (present !== undefined) {
          present.active = true
          return
        }
        const state = { active: true }
        watched[slot] = state
        exchange.beforeHeaders((_, status) => {
          // A preflight carries no credentials, and what a router answers to OPTIONS by itself is a list of methods.
          if (!state.active || status >= 400 || exchange.method === 'OPTIONS') return
          if (decisionOn(exchange) !== undefined) return
          tell(`an answer to ${exchange.method} of a handler that is mounted by use()`)
          const refused = { gate: NAME, code: 'ERR_RBAC_UNDECIDED', status: 403, reportOnly: onlyReports }
          // The response is refused already: there is nothing left to hold.
          environment.publish('gate.refused', refused, exchange)?.catch(() => undefined)
          if (!onlyReports) throw rbacError('ERR_RBAC_UNDECIDED')
        })
      },
    }),
    leave(seen) {
      const exchange = exchangeOf(seen) as Watched | undefined
      const state = exchange?.[slot]
      if (state) state.active = false
    },
  }
}
