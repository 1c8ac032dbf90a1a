import { Admission } from './admission.ts'
import { Analytics } from './analytics/analytics.ts'
import { appStores, type AppStores } from './app-stores/app-stores.ts'
import { Beginning } from './begin.ts'
import { Observer } from './client/observer.ts'
import { CookieSession } from './cookie-session.ts'
import { DeviceCookie } from './device/device-cookie.ts'
import { Devices } from './device/devices.ts'
import { Endings } from './ending.ts'
import { Gatekeeper } from './gatekeeper.ts'
import { Watch } from './hijack/watch.ts'
import type { SessionListener } from './hooks.ts'
import { KnownSessions } from './known-session.ts'
import { LastSeen } from './last-seen.ts'
import { Logins } from './login.ts'
import { Renewal } from './renewal.ts'
import { Rotation } from './rotation.ts'
import { Sessions } from './sessions.ts'
import type { TrackerSettings } from './settings.ts'
import { Streams } from './streams.ts'
import { UpstreamIndex } from './upstream.ts'

/** Everything that a tracker is made of. */
export interface TrackerParts {
  readonly settings: TrackerSettings
  readonly sessions: Sessions
  readonly devices: Devices
  readonly deviceCookie: DeviceCookie | undefined
  readonly known: KnownSessions
  readonly endings: Endings
  readonly rotation: Rotation
  readonly renewal: Renewal
  readonly logins: Logins
  readonly upstream: UpstreamIndex
  readonly gatekeeper: Gatekeeper
  readonly watch: Watch
  readonly lastSeen: LastSeen
  readonly cookie: CookieSession | undefined
  readonly stores: AppStores
  readonly analytics: Analytics | undefined
  /** Who is told what becomes of sessions; may grow. */
  readonly listeners: SessionListener[]
}

/** Makes the parts of a tracker and gives each what it needs. */
export function assemble(settings: TrackerSettings): TrackerParts {
  const { environment } = settings
  const analytics = settings.analytics ? new Analytics(environment) : undefined
  const listeners: SessionListener[] = analytics === undefined ? [] : [analytics]
  const sessions = new Sessions(settings)
  const devices = new Devices(environment.store)
  const deviceCookie =
    settings.deviceCookie === undefined ? undefined : new DeviceCookie(environment, settings.deviceCookie)
  const cookie = settings.cookie === undefined ? undefined : new CookieSession(settings, settings.cookie)
  const streams = new Streams(environment)
  const known = new KnownSessions(settings.maxKnown, (one) => lastSeen.waits(one) || streams.has(one))
  const lastSeen = new LastSeen(settings, sessions, (one) => known.forget(one.sid), listeners)
  const endings = new Endings(settings, sessions, known, streams, listeners)
  const upstream = new UpstreamIndex(settings, endings)
  const observer = new Observer(settings, deviceCookie)
  const watch = new Watch(settings, observer, endings)
  const rotation = new Rotation(settings, sessions, known)
  const beginning = new Beginning({ settings, sessions, devices, deviceCookie, observer, endings, listeners })
  const admission = new Admission({
    settings,
    sessions,
    known,
    beginning,
    endings,
    rotation,
    observer,
    watch,
    lastSeen,
  })
  environment.onClose(() => lastSeen.flush())
  return {
    ...{ settings, sessions, devices, deviceCookie, known, endings, rotation, watch, lastSeen, cookie, listeners },
    renewal: new Renewal(rotation, cookie),
    ...{ upstream, analytics },
    logins: new Logins({ settings, known, beginning, endings, observer, cookie, upstream }),
    gatekeeper: new Gatekeeper({ settings, known, admission, observer, lastSeen, cookie, streams }),
    stores: appStores(environment, sessions, listeners),
  }
}
