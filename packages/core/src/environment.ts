import { systemClock, type Clock } from './clock.ts'
import { openAsyncContext } from './context.ts'
import type { SecurityEventMap, SecurityEventType } from './events.ts'
import { coreError } from './errors.ts'
import type { Exchange } from './exchange.ts'
import { accept, acceptNumber, acceptOneOf, checkOptions, type OptionRules } from './options.ts'
import { createPorts, type PortRegistry } from './ports.ts'
import { createTrustedProxies, type ForwardedHeader, type TrustedProxies } from './proxies.ts'
import { eventsWanted, publishEvent } from './publish.ts'
import { createRevocations } from './revocation-list.ts'
import type { Revocations } from './revocations.ts'
import type { KeyRing } from './sealing/key-ring.ts'
import { watched } from './store/commits.ts'
import type { Store } from './store/contract.ts'
import { withDeadline } from './store/deadline.ts'
import { createMemoryStore } from './store/memory-store.ts'
import { acceptKeyRing, isSealed, sealedStore } from './store/sealed-store.ts'

/** What the packages on one app share: state, revocations, events, timers. */
export interface Environment {
  /** Where state lives. Every call on it ends within the deadline. */
  readonly store: Store
  readonly revocations: Revocations
  /** What keeps secrets secret. Absent where the app has not given one: who needs it refuses at construction then. */
  readonly keyRing: KeyRing | undefined
  readonly clock: Clock
  readonly ports: PortRegistry
  readonly proxies: TrustedProxies
  /** Origins besides the app's own whose pages may use ambient credentials. */
  readonly allowedOrigins: ReadonlySet<string>
  /** Whether gates run the rest of the request inside the asynchronous context. */
  readonly asyncContext: boolean
  readonly closed: boolean
  /** Whether anybody listens to security events: lets a gate skip making one. */
  readonly listening: boolean
  /**
   * Publishes a security event. Synchronous unless a listener asked to wait; a rejection of what it waits for reaches
   * the caller, who must refuse then.
   */
  publish<Type extends SecurityEventType>(
    type: Type,
    detail: SecurityEventMap[Type],
    exchange?: Exchange,
  ): void | Promise<void>
  /** Switches the asynchronous context on: for packages that find the request from any depth. */
  needAsyncContext(): void
  /** Runs `task` when the environment closes. */
  onClose(task: () => void | Promise<void>): void
  /** Ends timers, subscriptions and the store. From then on every gate of this environment answers 503. */
  close(): Promise<void>
}

/** Options of `createEnvironment`. */
export interface EnvironmentOptions {
  /** Where state lives. Closed with the environment. @default createMemoryStore() */
  readonly store?: Store
  /** Time for one call to the store, in milliseconds. @default 250 */
  readonly storeDeadline?: number
  /**
   * Keeps secrets secret. With one, all that the store holds is sealed (`sealedStore`); a store that was sealed by the app is left as it
   * is. @default none: the store holds its values as they are
   */
  readonly keyRing?: KeyRing
  /** @default the machine's clock */
  readonly clock?: Clock
  /**
   * Addresses and CIDR ranges of the proxies in front of the app, or `'loopback'`. Nobody else's forwarded headers are
   * believed. @default [] (none)
   */
  readonly trustedProxies?: readonly string[]
  /** The one header that those proxies write; the other kind is ignored. @default 'x-forwarded-for' */
  readonly forwardedHeader?: ForwardedHeader
  /** Origins besides the app's own whose pages may use cookies here, such as `https://app.example.com`. @default [] */
  readonly allowedOrigins?: readonly string[]
  /** Whether `currentExchange()` works. @default false, until a package needs it */
  readonly asyncContext?: boolean
  /** How often the list of revocations is read anew when no hint comes, in milliseconds. @default 1000 */
  readonly revocationPollInterval?: number
}

const rules: OptionRules<EnvironmentOptions> = {
  store: {
    accepts: 'a store, such as createMemoryStore()',
    test: (v) => typeof (v as Store | null)?.commit === 'function',
  },
  keyRing: { accepts: 'a key ring, such as createKeyRing({ keys })', test: acceptKeyRing },
  storeDeadline: acceptNumber('milliseconds', 1, 60_000),
  clock: { accepts: 'a clock with now() and after()', test: (v) => typeof (v as Clock | null)?.now === 'function' },
  trustedProxies: accept.strings,
  forwardedHeader: acceptOneOf('x-forwarded-for', 'forwarded'),
  allowedOrigins: {
    accepts: "a list of origins such as 'https://app.example.com'",
    test: (v) => Array.isArray(v) && v.every((one) => typeof one === 'string' && isOrigin(one)),
  },
  asyncContext: accept.boolean,
  revocationPollInterval: acceptNumber('milliseconds', 10, 60_000),
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text
}

/**
 * Makes an environment: pass it as `env` to every factory of one app.
 * @throws SecurityError ERR_OPTION
 */
export function createEnvironment(options: EnvironmentOptions = {}): Environment {
  checkOptions<EnvironmentOptions>('createEnvironment', options, rules)
  const clock = options.clock ?? systemClock
  const health = (part: string) => (healthy: boolean, detail?: string) =>
    void Promise.resolve(
      environment.publish('health.changed', { part, healthy, ...(detail !== undefined && { detail }) }),
    ).catch(() => undefined)
  const { keyRing } = options
  const given = options.store ?? createMemoryStore({ clock })
  const store = watched(
    withDeadline(keyRing === undefined || isSealed(given) ? given : sealedStore(given, { keyRing }), {
      deadline: options.storeDeadline ?? 250,
      clock,
      onHealth: health('store'),
    }),
  )
  const revocations = createRevocations({
    store,
    clock,
    pollInterval: options.revocationPollInterval ?? 1000,
    onHealth: health('revocations'),
    onRecorded: ({ kind, reason }) => environment.publish('revocation.recorded', { kind, reason }),
  })
  const closing: (() => void | Promise<void>)[] = []
  let closed: Promise<void> | undefined
  let asyncContext = false

  const environment: Environment = {
    store,
    revocations,
    keyRing,
    clock,
    ports: createPorts(),
    proxies: createTrustedProxies(options.trustedProxies ?? [], options.forwardedHeader ?? 'x-forwarded-for'),
    allowedOrigins: new Set(options.allowedOrigins),
    get asyncContext() {
      return asyncContext
    },
    get closed() {
      return closed !== undefined
    },
    get listening() {
      return eventsWanted()
    },
    publish: (type, detail, exchange) => publishEvent(environment, type, detail, exchange),
    needAsyncContext() {
      openAsyncContext()
      asyncContext = true
    },
    onClose(task) {
      closing.push(task)
    },
    close: () => (closed ??= shutDown()),
  }
  if (options.asyncContext === true) environment.needAsyncContext()
  return environment

  async function shutDown(): Promise<void> {
    revocations.close()
    const failures: unknown[] = []
    // In reverse: what was built last leans on what was built first.
    for (const task of [...closing.reverse(), () => store.close()]) {
      try {
        await task()
      } catch (thrown) {
        failures.push(thrown)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}

const DEFAULT = Symbol.for('sallyport.default-environment')

/**
 * The environment that all factories of this process share when they are given none. Made at first use, in memory; a
 * new one is made after the old one was closed.
 */
export function defaultEnvironment(): Environment {
  const holder = globalThis as { [DEFAULT]?: Environment }
  const present = holder[DEFAULT]
  if (present !== undefined && !present.closed) return present
  return (holder[DEFAULT] = createEnvironment())
}

/** Checks a factory's `env` option. */
export function acceptEnvironment(value: unknown): value is Environment {
  return typeof (value as Environment | null)?.publish === 'function'
}

/** The environment a factory works on: the given one, else that of the process. */
export function environmentOf(options: { readonly env?: Environment | undefined }): Environment {
  const env = options.env ?? defaultEnvironment()
  if (env.closed) throw coreError('ERR_ENVIRONMENT_CLOSED')
  return env
}
