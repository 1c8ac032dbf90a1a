import { systemClock, type Clock } from '../clock.ts'
import { debugOf } from '../debug.ts'
import { originOf } from '../errors.ts'
import { accept, acceptNumber, checkOptions, type OptionRules } from '../options.ts'
import { Circuit, type NotSent } from './circuit.ts'
import type { Store } from './contract.ts'
import { createHealth, type HealthListener } from './health.ts'
import { inTime, type Outcome } from './in-time.ts'
import { storeUnavailable } from './unavailable.ts'

/** Options of `withDeadline`. */
export interface DeadlineOptions {
  /**
   * Time for one call, in milliseconds. `cleanup` and `close`, which no request waits for, get forty times as much and
   * say nothing about health.
   * @default 250
   */
  readonly deadline?: number
  /**
   * Most calls that the store has been sent and has not answered, those that were given up included. What is beyond is refused
   * without being sent.
   * @default 10_000
   */
  readonly maxUnanswered?: number
  /** @default the machine's clock */
  readonly clock?: Clock
  /** Called once when the store stops answering and once when it answers again, with the method that showed it. */
  readonly onHealth?: HealthListener
}

const rules: OptionRules<DeadlineOptions> = {
  deadline: acceptNumber('milliseconds', 1, 3_600_000),
  maxUnanswered: acceptNumber('calls', 1, 1_000_000),
  clock: { accepts: 'a clock with now() and after()', test: (v) => typeof (v as Clock | null)?.after === 'function' },
  onHealth: accept.function,
}

const UNHURRIED = 40

const debug = debugOf('store')

/**
 * A store every call of which ends in time: with its answer, or with ERR_STORE_UNAVAILABLE (503, `Retry-After`) when it takes too
 * long or throws. What the store threw is named by class and place; its text goes nowhere. ERR_OPTION (a wrong call, 500) passes as it is.
 *
 * A write that missed its deadline may have happened: the answer is unknown, not no. What is given up is still with the store's client;
 * so that this never piles up, a store that has missed five deadlines in a row is sent one call at a time, 100 ms after the last
 * miss or as soon as a call that was given up is answered, and every other call is refused at once, until one is answered in time.
 * @throws SecurityError ERR_OPTION
 */
export function withDeadline(store: Store, options: DeadlineOptions = {}): Store {
  checkOptions<DeadlineOptions>('withDeadline', options, rules)
  const { deadline = 250, maxUnanswered = 10_000, clock = systemClock, onHealth = () => undefined } = options
  const health = createHealth(clock, deadline, onHealth)
  const circuit = new Circuit(clock, maxUnanswered)

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
    cleanup: () => inTime(clock, 'cleanup', deadline * UNHURRIED, () => store.cleanup(), unhurried),
    close: () => inTime(clock, 'close', deadline * UNHURRIED, () => store.close(), unhurried),
  }

  function call<T>(method: string, work: () => Promise<T>, onLate?: (late: T) => void): Promise<T> {
    const passage = circuit.enter()
    if (typeof passage === 'string') {
      if (passage === 'full') health.failed(method)
      return Promise.reject(storeUnavailable(notSent[passage]))
    }
    return inTime(clock, method, deadline, work, {
      answered() {
        circuit.answered(passage, true)
        health.succeeded(method)
      },
      refused({ code }) {
        // A wrong call never reached the store; what has another code reached it, and says nothing about it.
        circuit.answered(passage, code !== 'ERR_OPTION')
        if (code === 'ERR_STORE_UNAVAILABLE') health.failed(method)
      },
      missed() {
        circuit.missed(passage)
        health.failed(method)
      },
      late(answer) {
        circuit.answeredLate(answer !== undefined)
        if (answer !== undefined) discard(answer.value, onLate)
      },
    })
  }
}

const notSent: Readonly<Record<NotSent, string>> = {
  silent: 'The store does not answer; this call was not sent',
  full: 'The store has too many calls to answer; this one was not sent',
}

const unhurried: Outcome<unknown> = {
  answered: () => undefined,
  refused: () => undefined,
  missed: () => undefined,
  late: () => undefined,
}

function discard<T>(answer: T, onLate: ((late: T) => void) | undefined): void {
  try {
    onLate?.(answer)
  } catch (thrown) {
    debug(`after a late answer: ${originOf(thrown).name}`)
  }
}
