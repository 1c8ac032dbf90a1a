import { optionError } from '@sallyport/core'
import type { SallyportOptions } from './options.ts'
import { sallyport } from './sallyport.ts'
import type { Sallyport as Guard } from './result.ts'

/** An app of Express, Connect or Koa: what takes middlewares. */
export interface App {
  use(middleware: never): unknown
}

type Set<Options, Name extends keyof SallyportOptions, Value> = Omit<Options, Name> & { readonly [K in Name]: Value }
type Given<Name extends keyof SallyportOptions> = NonNullable<SallyportOptions[Name]>

/** The options of `sallyport()`, one after the other. Nothing happens before `mount()`. */
export interface Builder<Options extends object> {
  withPreset<const Value extends Given<'preset'>>(value: Value): Builder<Set<Options, 'preset', Value>>
  withEnvironment<const Value extends Given<'env'>>(value: Value): Builder<Set<Options, 'env', Value>>
  withHeaders<const Value extends Given<'headers'>>(value: Value): Builder<Set<Options, 'headers', Value>>
  withCors<const Value extends Given<'cors'>>(value: Value): Builder<Set<Options, 'cors', Value>>
  withLimits<const Value extends Given<'limits'>>(value: Value): Builder<Set<Options, 'limits', Value>>
  withLogin<const Value extends Given<'login'>>(value: Value): Builder<Set<Options, 'login', Value>>
  withJwt<const Value extends Given<'jwt'>>(value: Value): Builder<Set<Options, 'jwt', Value>>
  withSessions<const Value extends Given<'sessions'>>(value: Value): Builder<Set<Options, 'sessions', Value>>
  withRbac<const Value extends Given<'rbac'>>(value: Value): Builder<Set<Options, 'rbac', Value>>
  withMfa<const Value extends Given<'mfa'>>(value: Value): Builder<Set<Options, 'mfa', Value>>
  withAudit<const Value extends Given<'audit'>>(value: Value): Builder<Set<Options, 'audit', Value>>
  withPii<const Value extends Given<'pii'>>(value: Value): Builder<Set<Options, 'pii', Value>>
  /** The guard, not mounted. @throws SecurityError ERR_OPTION */
  build(): Guard<Options>
  /** The guard, mounted for all that comes after it. @throws SecurityError ERR_OPTION */
  mount(): Guard<Options>
}

const steps = {
  withPreset: 'preset',
  withEnvironment: 'env',
  withHeaders: 'headers',
  withCors: 'cors',
  withLimits: 'limits',
  withLogin: 'login',
  withJwt: 'jwt',
  withSessions: 'sessions',
  withRbac: 'rbac',
  withMfa: 'mfa',
  withAudit: 'audit',
  withPii: 'pii',
} as const satisfies Record<Exclude<keyof Builder<object>, 'build' | 'mount'>, keyof SallyportOptions>

/**
 * The fluent form of `sallyport()`.
 *
 * ```ts
 * const guard = Sallyport.for(app).withJwt({ issuer, audience }).withRbac({ roles }).withAudit({ directory, compliance: ['soc2'] }).mount()
 * ```
 */
export const Sallyport: { for(app: App): Builder<object> } = {
  for(app) {
    if (typeof (Object(app) as Partial<App>).use !== 'function') {
      throw optionError('Sallyport.for', 'app', app, { accepts: 'an app with use(), of Express, Connect or Koa' })
    }
    return builder(app, {})
  },
}

function builder(app: App, options: SallyportOptions): Builder<object> {
  const build = (): Guard<object> => sallyport(options) as Guard<object>
  const withEach = Object.entries(steps).map(([step, name]) => [
    step,
    (value: unknown) => builder(app, { ...options, [name]: value }),
  ])
  return {
    ...(Object.fromEntries(withEach) as Omit<Builder<object>, 'build' | 'mount'>),
    build,
    mount() {
      const guard = build()
      app.use(guard as never)
      return guard
    },
  }
}
