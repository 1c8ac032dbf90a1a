import { defineRoutes, type Exchange, type Middleware } from '@sallyport/core'
import type { TrackerSettings } from '../settings.ts'
import type { SessionTracker } from '../tracker.ts'
import { adminRoutes } from './admin-routes.ts'
import { settleRoutes, type SessionRoutesOptions } from './options.ts'
import { ownRoutes } from './own-routes.ts'
import { Reauthentication } from './reauthentication.ts'

/**
 * The tracker's routes, as one middleware. Mount it behind the tracker; what is none of them passes.
 * @param authTimeOf when the login of a request's session was, in seconds
 * @throws SecurityError ERR_OPTION; ERR_PORT_ABSENT
 */
export function sessionRoutes(
  sessions: SessionTracker,
  tracker: TrackerSettings,
  authTimeOf: (exchange: Exchange) => number | undefined,
  options: SessionRoutesOptions,
): Middleware {
  const { environment } = tracker
  const settings = settleRoutes(options, environment)
  const reauthentication = new Reauthentication(environment, settings.reauthenticateWithin, authTimeOf)
  return defineRoutes({
    name: 'sessionRoutes',
    environment,
    routes: [...ownRoutes(sessions, settings, reauthentication), ...adminRoutes(sessions, settings, tracker)],
  })
}
