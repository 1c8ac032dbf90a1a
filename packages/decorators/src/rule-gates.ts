import {
  coreError,
  defineMiddleware,
  environmentOf,
  nearest,
  optionError,
  publicRoute,
  recordDecision,
  type Environment,
  type Middleware,
} from '@sallyport/core'
import { decoratorError } from './errors.ts'
import type { MfaDemand, Rule, Rules } from './rule.ts'

/** What enforces permissions: what `rbac()` of `@sallyport/rbac` gives. */
export interface AccessGates {
  // The names of a catalogue are narrower than any text: methods are compared both ways.
  require(...permissions: readonly [string, ...string[]]): Middleware
  requireAny(...permissions: readonly [string, ...string[]]): Middleware
  authenticated(why: string): Middleware
}

/** Gates that enforce the rules, one for each kind. */
export interface RuleGateOptions {
  /** What `rbac()` gives; enforces `@Require`, `@RequireAny` and `@Authenticated`. @default none: refused where it is needed */
  readonly access?: AccessGates
  /** Makes the gate of `@RequireMfa`. @default the environment's port `requireStepUp`, else refused where it is needed */
  readonly mfa?: (demand: MfaDemand) => Middleware
  /** Makes the gate of `@Audit`. @default none: refused where it is needed */
  readonly audit?: (action: string) => Middleware
  /** Gates before all others, such as the login. @default none */
  readonly before?: readonly Middleware[]
  /** @default the environment of the process */
  readonly env?: Environment
}

const OPTIONS = ['access', 'mfa', 'audit', 'before', 'env']

/** @throws SecurityError ERR_OPTION */
export function checkRuleGates(factory: string, options: object, others: readonly string[] = []): void {
  const known = [...OPTIONS, ...others]
  for (const [name, value] of Object.entries(options)) {
    const meant = nearest(name, known)
    if (!known.includes(name)) {
      throw optionError(factory, name, value, {
        accepts: `one of ${known.join(', ')}${meant ? ` (did you mean '${meant}'?)` : ''}`,
      })
    }
  }
  const { access, mfa, audit, before } = options as RuleGateOptions
  const isAccess = (['require', 'requireAny', 'authenticated'] as const).every(
    (one) => typeof access?.[one] === 'function',
  )
  if (access !== undefined && !isAccess) throw optionError(factory, 'access', access, { accepts: 'what rbac() gives' })
  for (const [name, value] of Object.entries({ mfa, audit })) {
    if (value !== undefined && typeof value !== 'function') {
      throw optionError(factory, name, value, { accepts: 'a function that makes a gate' })
    }
  }
  if (before !== undefined && !Array.isArray(before))
    throw optionError(factory, 'before', before, { accepts: 'a list of gates' })
}

/**
 * The gates of a method's rules, in the order in which they open: audit, who may, second factor.
 * @throws SecurityError ERR_OPTION for a rule that nothing enforces, and for a method about which nobody decided
 */
export function gatesOf(where: string, { all, isDecided }: Rules, options: RuleGateOptions): Middleware[] {
  if (!isDecided) {
    throw coreError('ERR_OPTION', {
      message: `${where} has no rule: put @Require, @RequireAny, @RequireScope, @Authenticated or @Public on it or on its class`,
    })
  }
  const isOpen = all.some(({ kind }) => kind === 'public')
  if (isOpen && all.some(({ kind }) => kind !== 'public' && kind !== 'audit')) {
    throw coreError('ERR_OPTION', { message: `${where} is @Public and demands something: one of them is meant` })
  }
  const order: readonly Rule['kind'][] = ['audit', 'public', 'login', 'permission', 'scope', 'mfa']
  const sorted = order.flatMap((kind) => all.filter((rule) => rule.kind === kind))
  return [...(options.before ?? []), ...sorted.map((rule) => gateOf(where, rule, options))]
}

function gateOf(where: string, rule: Rule, options: RuleGateOptions): Middleware {
  const { access, mfa, audit } = options
  const environment = environmentOf(options)
  const missing = (decorator: string, option: string): never => {
    throw coreError('ERR_OPTION', {
      message: `${where} has ${decorator}, and nothing was given to enforce it: the option \`${option}\``,
    })
  }
  switch (rule.kind) {
    case 'permission': {
      const name = rule.quantifier === 'all' ? 'require' : 'requireAny'
      return access ? access[name](...(rule.permissions as [string, ...string[]])) : missing('@Require', 'access')
    }
    case 'login':
      return access ? access.authenticated(rule.why) : missing('@Authenticated', 'access')
    case 'public':
      return publicRoute(rule.why, { env: environment })
    case 'scope':
      return scopeGate(rule.scopes, environment)
    case 'mfa': {
      if (mfa) return mfa(rule.demand)
      return environment.ports.has('requireStepUp')
        ? stepUpGate(rule.demand, environment)
        : missing('@RequireMfa', 'mfa')
    }
    case 'audit':
      return audit ? audit(rule.action) : missing('@Audit', 'audit')
  }
}

function scopeGate(scopes: readonly string[], environment: Environment): Middleware {
  return defineMiddleware({
    name: 'RequireScope',
    requires: { authentication: 'required', scopes },
    environment,
    gate(exchange) {
      const { principal } = exchange
      if (principal === undefined) throw coreError('ERR_UNAUTHENTICATED')
      const held: readonly unknown[] = Array.isArray(principal.scopes) ? principal.scopes : []
      if (scopes.every((one) => held.includes(one))) return recordDecision(exchange, 'permission')
      // RFC 6750, section 3.1; of a token that is bound to a key RFC 9449, section 7.1.
      const scheme = principal.credential.kind === 'dpop' ? 'DPoP' : 'Bearer'
      const challenge = `${scheme} error="insufficient_scope", scope="${scopes.join(' ')}"`
      const isToken = principal.scopes !== undefined && /^[\x21\x23-\x5B\x5D-\x7E ]+$/.test(scopes.join(' '))
      throw decoratorError('ERR_DECORATORS_SCOPE', isToken ? { headers: { 'www-authenticate': challenge } } : {})
    },
  })
}

function stepUpGate(demand: MfaDemand, environment: Environment): Middleware {
  return defineMiddleware({
    name: 'RequireMfa',
    requires: { authentication: 'required', factors: ['mfa'] },
    environment,
    async gate(exchange) {
      if (exchange.principal === undefined) throw coreError('ERR_UNAUTHENTICATED')
      const steppedUp = await environment.ports.ask('requireStepUp')(exchange, demand)
      if (steppedUp === 'under-way') throw coreError('ERR_UNAUTHENTICATED')
    },
  })
}
