import { systemClock, type Clock } from '../clock.ts'
import { debugOf } from '../debug.ts'
import { originOf, SecurityError } from '../errors.ts'
import { accept, acceptNumber, checkOptions, type OptionRules } from '../options.ts'
import type { Store } from './contract.ts'
import { createHealth, type Health, type HealthListener } from './health.ts'
import { storeUnavailable } from './unavailable.ts'

/** Options of `withDeadline`. */
export interface DeadlineOptions {
  /**
   * Time for one call, in milliseconds. `cleanup` and `close`, which no request waits for, get forty times as much and
   * say nothing about health.
   * @default 250
   */
  readonly deadline?: number
  /** @default the machine's clock */
  readonly clock?: Clock
  /** Called once when the store stops answering and once when it answers again, with the method that showed it. */
  readonly onHealth?: HealthListener
}

const rules: OptionRules<DeadlineOptions> = {
  deadline: acceptNumber('milliseconds', 1, 3_600_000),
  clock: { accepts: 'a clock with now() and after()', test: (v) => typeof (v as Clock | null)?.after === 'function' },
  onHealth: accept.function,
}

const UNHURRIED = 40

const debug = debugOf('store')

/**
 * A store every call of which ends in time: with its answer, or with ERR_STORE_UNAVAILABLE (503, `Retry-After`) when it takes too
 * long or throws. What the store threw is named by class and place; its text goes nowhere. ERR_OPTION (a wrong call, 500) passes as it is.
 *
 * A write that missed its deadline may have happened: the answer is unknown, not no.
 * @throws SecurityError ERR_OPTION
 */
export function withDeadline(store: Store, options: DeadlineOptions = {}): Store {
  checkOptions<DeadlineOptions>('withDeadline', options, rules)
  const { deadline = 250, clock = systemClock, onHealth = () => undefined } = options
  const health = createHealth(clock, deadline, onHealth)

  return {
    kind: store.kind,
    durable: store.durable,
    generation: () => call('generation', () => store.generation()),
    get: (key) => call('get', () => store.get(key)),
    commit: (partition, changes) => call('commit', () => store.commit(partition, changes)),
    increment: (key, by, terms) => call('increment', () => store.increment(key, by, terms)),
    listOwned: (partition, owner, page) => call('listOwned', () => store.listOwned(partition, owner, page)),
    append: (log, value, terms) => call('append', () => store.append(log, value, terms)),
    readSince: (log, after, page) => call('readSince', () => store.readSince(log, after, page)),
    // A subscription that comes about too late has nobody who could end it.
    subscribe: (log, onHint) =>
      call(
        'subscribe',
        () => store.subscribe(log, onHint),
        (cancel) => cancel(),
      ),
    cleanup: () => inTime({ method: 'cleanup', limit: deadline * UNHURRIED, work: () => store.cleanup() }),
    close: () => inTime({ method: 'close', limit: deadline * UNHURRIED, work: () => store.close() }),
  }

  function call<T>(method: string, work: () => Promise<T>, onLate?: (late: T) => void): Promise<T> {
    return inTime({ method, limit: deadline, work, onLate, health })
  }

  function inTime<T>({ method, limit, work, onLate, health: told }: Call<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      let late = false
      let done = false
      const refuse = (refusal: SecurityError): void => {
        if (refusal.code === 'ERR_STORE_UNAVAILABLE') told?.failed(method)
        reject(refusal)
      }
      const cancel = clock.after(limit, () => {
        // One turn more: when it was this process that was busy, the answer waits in the socket and is about to be read.
        setImmediate(() => {
          if (done) return
          late = true
          refuse(storeUnavailable(`The store did not answer ${method} within ${limit} ms`))
        })
      })
      begin(work).then(
        (answer) => {
          done = true
          cancel()
          if (late) return discard(answer, onLate)
          told?.succeeded(method)
          resolve(answer)
        },
        (thrown: unknown) => {
          done = true
          cancel()
          if (!late) refuse(refusalOf(method, thrown))
        },
      )
    })
  }
}

interface Call<T> {
  readonly method: string
  readonly limit: number
  readonly work: () => Promise<T>
  readonly onLate?: ((late: T) => void) | undefined
  readonly health?: Health
}

function begin<T>(work: () => Promise<T>): Promise<T> {
  try {
    return Promise.resolve(work())
  } catch (thrown) {
    return Promise.reject(thrown)
  }
}

function discard<T>(answer: T, onLate: ((late: T) => void) | undefined): void {
  try {
    onLate?.(answer)
  } catch (thrown) {
    debug(`after a late answer: ${originOf(thrown).name}`)
  }
}

function refusalOf(method: string, thrown: unknown): SecurityError {
  const { name, code = '' } = originOf(thrown)
  debug(`${method} failed: ${name} ${code}`)
  if (SecurityError.is(thrown)) {
    if (thrown.code === 'ERR_OPTION' || thrown.code === 'ERR_ENVIRONMENT_CLOSED') return thrown
    // What a store says of itself stays; another one may have forgotten the header.
    if (thrown.code === 'ERR_STORE_UNAVAILABLE')
      return 'retry-after' in thrown.headers ? thrown : storeUnavailable(thrown.message)
  }
  return storeUnavailable(`The store failed at ${method}`, thrown)
}
