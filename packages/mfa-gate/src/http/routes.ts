import {
  acceptNumber,
  checkOptions,
  defineRoutes,
  prefixRule,
  type Middleware,
  type OptionRules,
} from '@sallyport/core'
import type { RouteContext, RouteParts } from './context.ts'
import { deviceRoutes } from './device-routes.ts'
import { enrolmentRoutes } from './enrolment-routes.ts'
import type { MfaRoutesOptions } from './options.ts'
import { proofRoutes } from './proof-routes.ts'

const rules: OptionRules<MfaRoutesOptions> = {
  prefix: prefixRule,
  maxBodyBytes: acceptNumber('bytes', 1024, 1_048_576),
}

/**
 * The gate's routes, as one middleware. What is none of them passes.
 * @throws SecurityError ERR_OPTION
 */
export function mfaRoutes(parts: RouteParts, options: MfaRoutesOptions): Middleware {
  checkOptions<MfaRoutesOptions>('mfa.routes', options, rules)
  const { prefix = '', maxBodyBytes = 65_536 } = options
  const context: RouteContext = { ...parts, prefix, maxBodyBytes }
  const { environment, challenges, authenticators, factors } = parts.settings
  const services = { environment, challenges, authenticators, maxBodyBytes, prefix }
  const own = [...factors.values()].flatMap((factor) => factor.routes?.(services) ?? [])
  return defineRoutes({
    name: 'mfaGate',
    environment,
    routes: [
      ...enrolmentRoutes(context),
      ...proofRoutes(context),
      ...deviceRoutes(context),
      ...own.map((route) => ({ ...route, path: `${prefix}/${route.path}` })),
    ],
  })
}
