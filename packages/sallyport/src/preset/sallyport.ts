import { auditLogger, type AuditLogger } from '@sallyport/audit-logger'
import {
  accept,
  acceptEnvironment,
  acceptOneOf,
  checkOptions,
  compose,
  createEnvironment,
  describeGate,
  optionError,
  type Environment,
  type Middleware,
  type OptionRule,
  type OptionRules,
} from '@sallyport/core'
import { jwtAuth, type JwtAuth } from '@sallyport/jwt-auth'
import { ipAllow, ipDeny } from '@sallyport/limits'
import { mfaGate, type MfaGate } from '@sallyport/mfa-gate'
import { piiRedactor, type PiiRedactor } from '@sallyport/pii-redactor'
import { rbac, type Access, type RbacPolicyOptions } from '@sallyport/rbac'
import { sessionTracker, type SessionTracker } from '@sallyport/session-tracker'
import { checkCompliance } from './compliance.ts'
import { crossOrigin } from './cors.ts'
import { securityHeaders } from './headers.ts'
import { limitsOf } from './limits.ts'
import type { MfaPartOptions, SallyportOptions } from './options.ts'
import { withPreset } from './presets.ts'
import type { Sallyport } from './result.ts'

const objectOrFalse: OptionRule = {
  accepts: 'an object of options, or false',
  test: (v) => v === false || accept.object.test(v),
}
const part: OptionRule = {
  accepts: 'options of the part, a part that the app has made, or false',
  test: (v) => v === false || accept.object.test(v) || typeof v === 'function',
}
const gate: OptionRule = {
  accepts: 'a middleware of Sallyport, such as identify() makes, or false',
  test: (v) => v === false || describeGate(v) !== undefined,
}

const rules: OptionRules<SallyportOptions> = {
  preset: acceptOneOf('api', 'web', 'enterprise'),
  env: { accepts: 'an environment made by createEnvironment()', test: acceptEnvironment },
  store: accept.object,
  keyRing: { ...accept.object, secret: true },
  trustedProxies: accept.strings,
  allowedOrigins: accept.strings,
  headers: objectOrFalse,
  ipAllow: accept.strings,
  ipDeny: accept.strings,
  cors: objectOrFalse,
  limits: objectOrFalse,
  audit: part,
  pii: part,
  login: gate,
  jwt: part,
  sessions: part,
  rbac: part,
  mfa: part,
}

/** Options that make the environment, and have no meaning beside one of the app's own. */
const ENVIRONMENTAL = ['store', 'keyRing', 'trustedProxies', 'allowedOrigins'] as const

/**
 * Guards an app: one middleware of all parts in the order in which they must stand, on Express, Koa and whatever core runs on.
 *
 * ```ts
 * const guard = sallyport({ jwt: { issuer, audience }, rbac: { roles: { viewer: ['orders:read'] } } })
 * app.use(guard)
 * app.get('/orders', guard.access.require('orders:read'), list)
 * ```
 * The order: headers, addresses, CORS, the limit of addresses, masking, login, token, session, limits of callers, second factors. The audit log
 * listens to all of them.
 * @throws SecurityError ERR_OPTION, of this function or of a part
 */
export function sallyport<const Options extends SallyportOptions>(options: Options): Sallyport<Options> {
  return assemble(options) as unknown as Sallyport<Options>
}

function assemble(given: unknown): Middleware {
  checkOptions<SallyportOptions>('sallyport', given, rules)
  const options = withPreset(given)
  const env = options.env ?? environmentFrom(options)
  if (options.env) refuseEnvironmental(options)
  try {
    const parts = partsOf(env, options)
    return Object.assign(compose(...parts.gates), { env, close: () => env.close(), ...parts.members })
  } catch (thrown) {
    // What was begun in an environment that nobody will ever have.
    if (!options.env) void env.close().catch(() => undefined)
    throw thrown
  }
}

interface Parts {
  readonly gates: [Middleware, ...Middleware[]]
  readonly members: Readonly<Record<string, unknown>>
}

function partsOf(env: Environment, options: SallyportOptions): Parts {
  const { login = false } = options
  // First of all, so that it hears what the others say while they are made.
  const audit = auditOf(env, options.audit)
  const pii = made<PiiRedactor>(options.pii, (given) => piiRedactor({ ...given, env }))
  const auth = made<JwtAuth>(options.jwt, (given) =>
    jwtAuth({ ...(given as { issuer: string; audience: string }), env }),
  )
  const sessions = made<SessionTracker>(options.sessions ?? (login ? {} : false), (given) =>
    sessionTracker({ ...given, env }),
  )
  const access = made<Access>(options.rbac, (given) => rbac({ ...(given as RbacPolicyOptions), env }))
  const { gate: mfaStep, mfa } = mfaOf(env, options.mfa)
  const knowsCallers = Boolean(login || auth || sessions)
  const limits = limitsOf(env, options.limits ?? {}, knowsCallers)
  const { headers = {}, cors = false } = options
  const gates = [
    headers !== false && securityHeaders(env, headers),
    options.ipDeny && ipDeny(options.ipDeny, { env }),
    options.ipAllow && ipAllow(options.ipAllow, { env }),
    cors !== false && crossOrigin(env, cors),
    ...limits.before,
    pii,
    login,
    auth,
    sessions,
    ...limits.after,
    mfaStep,
  ].filter((one) => one !== undefined && one !== false)
  const [first, ...others] = gates as Middleware[]
  if (first === undefined) {
    throw optionError('sallyport', 'headers', false, { accepts: 'not false where every other part is left out too' })
  }
  return { gates: [first, ...others], members: present({ auth, sessions, access, mfa, audit, pii }) }
}

function auditOf(env: Environment, given: SallyportOptions['audit']): AuditLogger | undefined {
  if (isReady<AuditLogger>(given, 'record')) return given
  return made<AuditLogger>(given, (options) => {
    const { compliance: _, ...rest } = options as Exclude<typeof given, AuditLogger | false | undefined>
    checkCompliance(options)
    return auditLogger({ ...rest, env })
  })
}

function mfaOf(env: Environment, given: SallyportOptions['mfa']): { gate?: Middleware; mfa?: MfaGate } {
  if (given === undefined || given === false) return {}
  if (isReady<MfaGate>(given, 'routes')) return { mfa: given }
  const { require = false, ...options } = given as MfaPartOptions
  const mfa = mfaGate({ ...options, env })
  if (require === false) return { mfa }
  return { mfa, gate: mfa.require(require === true ? undefined : require) }
}

/** Makes a part of its options; one that is made already is taken as it is. */
function made<Made extends object>(given: unknown, make: (options: object) => Made): Made | undefined {
  if (given === undefined || given === false) return undefined
  return typeof given === 'function' || isReady(given, 'require') ? (given as Made) : make(given as object)
}

function isReady<Made extends object>(given: unknown, method: keyof Made & string): given is Made {
  return typeof (Object(given) as Record<string, unknown>)[method] === 'function'
}

function present(members: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(members).filter(([, member]) => member !== undefined))
}

function environmentFrom({ store, keyRing, trustedProxies, allowedOrigins }: SallyportOptions): Environment {
  return createEnvironment({
    ...(store && { store }),
    ...(keyRing && { keyRing }),
    ...(trustedProxies && { trustedProxies }),
    ...(allowedOrigins && { allowedOrigins }),
  })
}

function refuseEnvironmental(options: SallyportOptions): void {
  const twice = ENVIRONMENTAL.find((name) => options[name] !== undefined)
  if (twice)
    throw optionError('sallyport', twice, options[twice], {
      accepts: 'nothing beside `env`, which has its own',
      secret: true,
    })
}
