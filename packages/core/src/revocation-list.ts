import { systemClock, type Cancel, type Clock } from './clock.ts'
import { coreError, SecurityError } from './errors.ts'
import { strayReporter } from './isolate.ts'
import { accept, acceptNumber, checkOptions, optionError, type OptionRules } from './options.ts'
import { RevocationOutbox } from './revocation-outbox.ts'
import { encodeRecord, pickRevocation, wrongPart } from './revocation-record.ts'
import { REVOCATION_LOG, RevocationReader, type Reading } from './revocation-reader.ts'
import { RevocationSet } from './revocation-set.ts'
import { REVOCATION_MARGIN, type Revocation, type Revocations, type RevocationState } from './revocations.ts'
import type { Store } from './store/contract.ts'
import { withDeadline } from './store/deadline.ts'
import type { HealthListener } from './store/health.ts'
import { storeLimits } from './store/input.ts'
import { storeUnavailable } from './store/unavailable.ts'

/** Options of `createRevocations`. */
export interface RevocationsOptions {
  readonly store: Store
  /** @default the machine's clock */
  readonly clock?: Clock
  /** How often the log is read when no hint comes: the longest that news takes, in milliseconds. @default 1000 */
  readonly pollInterval?: number
  /**
   * How long the list may be relied on after the last reading, in milliseconds.
   * @default 10_000, or three poll intervals if that is longer
   */
  readonly maxStale?: number
  /** Called for every revocation recorded on this node, and for news from others; not for what is there at the start. `revoke` waits for it. */
  readonly onRecorded?: (revocation: Revocation) => void | Promise<void>
  /** Called once when the list can no longer be relied on, and once when it can again. */
  readonly onHealth?: HealthListener
}

const rules: OptionRules<RevocationsOptions> = {
  store: { accepts: 'a store', test: (v) => typeof (v as Store | null)?.readSince === 'function' },
  clock: { accepts: 'a clock with now() and after()', test: (v) => typeof (v as Clock | null)?.after === 'function' },
  pollInterval: acceptNumber('milliseconds', 10, 3_600_000),
  maxStale: acceptNumber('milliseconds', 20, 86_400_000),
  onRecorded: accept.function,
  onHealth: accept.function,
}

/**
 * Wait after the first failed reading, in milliseconds; doubled up to the longest or half the poll interval, so that a store that returns
 * is in use again within a second.
 */
const FIRST_RETRY = 100
const LONGEST_RETRY = 250

/** Ended entries that leave with each reading, off the request path. */
const SWEEP = 5000

/**
 * Makes the list of revocations on a store's log. It begins to load at once; wait for `ready()` before a credential is accepted.
 *
 * Hints of the store make news fast, the timer makes it certain. The timer never keeps the process alive.
 * @throws SecurityError ERR_OPTION
 */
export function createRevocations(options: RevocationsOptions): Revocations {
  checkOptions<RevocationsOptions>('createRevocations', options, rules)
  const { clock = systemClock, pollInterval = 1000, onRecorded = () => undefined, onHealth = () => undefined } = options
  const maxStale = options.maxStale ?? Math.max(10_000, 3 * pollInterval)
  if (maxStale <= pollInterval) {
    throw optionError('createRevocations', 'maxStale', maxStale, {
      accepts: `more than pollInterval (${pollInterval})`,
    })
  }
  // A call that never ends would end the polling too, and with it any recovery.
  const store = withDeadline(options.store, { deadline: maxStale, clock })
  const set = new RevocationSet()
  const reader = new RevocationReader(store, set, clock)
  const outbox = new RevocationOutbox(record)
  const listeners = new Set<() => void>()
  const report = strayReporter('A listener to revocations')
  const seconds = (): number => clock.now() / 1000

  let version = 0
  let lastRead: number | undefined
  let failures = 0
  let lastFailure: SecurityError | undefined
  let reading: Promise<void> | undefined
  let readAgain = false
  let timer: Cancel | undefined
  let unsubscribe: Cancel | undefined
  let subscribing = false
  let healthy = true
  let closed = false

  void read().catch(() => undefined)

  return {
    get state() {
      return state(clock.now())
    },
    isCurrent: (now) => state(now) === 'current',
    get version() {
      return version
    },
    get epoch() {
      return set.epoch
    },
    async ready() {
      if (closed) throw coreError('ERR_ENVIRONMENT_CLOSED')
      if (state(clock.now()) === 'current') return
      if (reading === undefined && lastFailure !== undefined) throw storeUnavailable(lastFailure.message)
      await reading
      // It may have begun before the process fell asleep.
      if (state(clock.now()) !== 'current') await (reading ?? read())
    },
    revoke,
    find: (principal) => set.find(principal, seconds),
    onChange(listener) {
      const call = (): void => listener()
      listeners.add(call)
      return () => void listeners.delete(call)
    },
    close() {
      closed = true
      timer?.()
      unsubscribe?.()
      listeners.clear()
      if (outbox.size === 0) return
      process.emitWarning(
        `${outbox.size} revocations were never recorded: only this process knew them`,
        'SallyportWarning',
      )
    },
  }

  function state(now: number): RevocationState {
    if (closed || reader.unreadable !== undefined) return 'stale'
    if (lastRead === undefined) return 'loading'
    const age = now - lastRead
    // Negative: the machine's clock was set back, and nobody knows how old the list is until it is read again.
    return age >= 0 && age <= maxStale ? 'current' : 'stale'
  }

  async function revoke(revocation: Revocation): Promise<void> {
    if (closed) throw coreError('ERR_ENVIRONMENT_CLOSED')
    const wrong = wrongPart(revocation)
    if (wrong)
      throw optionError('revoke', wrong.name, (revocation as { [part: string]: unknown })[wrong.name], {
        ...wrong,
        secret: true,
      })
    if (lifeOf(revocation) <= 0) return
    // First here: should the store be down, this node at least refuses.
    if (set.add(revocation, seconds())) announce()
    await outbox.post(pickRevocation(revocation))
    await onRecorded(revocation)
  }

  async function record(revocation: Revocation): Promise<void> {
    const ttl = Math.min(Math.max(lifeOf(revocation), 1), storeLimits.ttl)
    await store.append(REVOCATION_LOG, encodeRecord(revocation), { ttl })
  }

  function lifeOf({ expiresAt }: Revocation): number {
    return (expiresAt + REVOCATION_MARGIN) * 1000 - clock.now()
  }

  /** One reading at a time: who asks meanwhile gets the one that runs. */
  function read(): Promise<void> {
    return (reading ??= attempt().finally(() => {
      reading = undefined
      plan()
    }))
  }

  async function attempt(): Promise<void> {
    timer?.()
    readAgain = false
    try {
      lastRead = await reader.read(take)
      failures = 0
      lastFailure = undefined
      set.sweep(seconds(), SWEEP)
      // Not awaited: it holds nobody up, and what cannot be sent is sent after a later reading.
      void outbox.flush(seconds(), (revocation) => void guarded(() => onRecorded(revocation)))
    } catch (thrown) {
      failures++
      lastFailure = SecurityError.is(thrown)
        ? thrown
        : storeUnavailable('The list of revocations could not be read', thrown)
      throw lastFailure
    } finally {
      tellHealth()
      // Not awaited: it is of use later, and the list does not depend on it.
      void subscribe()
    }
  }

  function take({ changed, news }: Reading): void {
    if (changed) announce()
    if (lastRead === undefined || closed) return
    for (const revocation of news) void guarded(() => onRecorded(revocation))
  }

  function plan(): void {
    if (closed) return
    if (readAgain) return background()
    const retry = Math.min(FIRST_RETRY * 2 ** Math.min(failures - 1, 20), LONGEST_RETRY, pollInterval / 2)
    timer = clock.after(failures === 0 ? pollInterval : retry, background)
  }

  function background(): void {
    if (!closed) read().catch(() => undefined)
  }

  function hint(): void {
    if (reading === undefined) background()
    else readAgain = true
  }

  async function subscribe(): Promise<void> {
    if (closed || subscribing || unsubscribe !== undefined) return
    subscribing = true
    try {
      unsubscribe = await store.subscribe(REVOCATION_LOG, hint)
      if (closed) unsubscribe()
      // What came between the last reading and now nobody hinted at.
      else hint()
    } catch {
      // Hints make it faster, not certain; the next reading tries again.
    } finally {
      subscribing = false
    }
  }

  function tellHealth(): void {
    const now = state(clock.now()) === 'current'
    if (closed || now === healthy) return
    healthy = now
    const unreadable = reader.unreadable === undefined ? '' : `: record ${reader.unreadable} cannot be read`
    void guarded(() => onHealth(now, now ? 'The list is current' : `The list cannot be relied on${unreadable}`))
  }

  function announce(): void {
    version++
    for (const listener of listeners) void guarded(listener)
  }

  async function guarded(task: () => void | Promise<void>): Promise<void> {
    try {
      await task()
    } catch (thrown) {
      report(thrown)
    }
  }
}
