import type { Cancel } from '../clock.ts'
import { strayReporter } from '../isolate.ts'
import { accept, optionError } from '../options.ts'
import type { Change, Store } from './contract.ts'
import type { StoreDriver } from './driver.ts'
import {
  checkAppend,
  checkCommit,
  checkHint,
  checkIncrement,
  checkKey,
  checkListing,
  checkLog,
  checkReading,
} from './input.ts'
import { refusalOf } from './refusal.ts'
import { storeUnavailable } from './unavailable.ts'

/**
 * Makes a store of a driver: checks every call (ERR_OPTION, 500) before the driver sees it, fills in the defaults of pages, rounds times
 * to live up to whole milliseconds, turns whatever the driver throws into ERR_STORE_UNAVAILABLE (503) without its text, keeps what a
 * subscriber throws from the driver, closes once and refuses everything afterwards.
 *
 * It sets no deadline: the environment does, with `withDeadline`.
 * @throws SecurityError ERR_OPTION for a driver that lacks a method
 */
export function defineStore(driver: StoreDriver): Store {
  checkDriver(driver)
  const { kind } = driver
  const report = strayReporter('A subscriber to a log')
  let closing: Promise<void> | undefined

  // The methods are `async`, so that what a check throws is a rejection, as of everything else.
  return {
    kind,
    durable: driver.durable,

    async generation() {
      assertOpen()
      return attempt('generation', () => driver.generation())
    },

    async get(key) {
      assertOpen()
      checkKey('get', key)
      return attempt('get', () => driver.get(key))
    },

    async commit(partition, changes) {
      assertOpen()
      checkCommit(partition, changes)
      return attempt('commit', () => driver.commit(partition, changes.map(whole)))
    },

    async increment(key, by, { ttl }) {
      assertOpen()
      checkIncrement(key, by, ttl)
      const count = await attempt('increment', () => driver.increment(key, by, Math.ceil(ttl)))
      if (count !== undefined) return count
      throw optionError('store.increment', 'by', by, { accepts: 'a number that keeps the counter a safe integer' })
    },

    async listOwned(partition, owner, { after, limit = 100 } = {}) {
      assertOpen()
      checkListing(partition, owner, after, limit)
      return attempt('listOwned', () => driver.listOwned(partition, owner, after, limit))
    },

    async append(log, value, { ttl }) {
      assertOpen()
      checkAppend(log, value, ttl)
      return attempt('append', () => driver.append(log, value, Math.ceil(ttl)))
    },

    async readSince(log, after, { limit = 1000 } = {}) {
      assertOpen()
      checkReading(log, after, limit)
      return attempt('readSince', () => driver.readSince(log, after, limit))
    },

    async subscribe(log, onHint) {
      assertOpen()
      checkLog('subscribe', log)
      checkHint(onHint)
      return attempt('subscribe', () => subscribe(log, onHint))
    },

    async cleanup() {
      assertOpen()
      return attempt('cleanup', () => driver.cleanup())
    },

    close: () => (closing ??= attempt('close', () => driver.close())),
  }

  function assertOpen(): void {
    if (closing !== undefined) throw storeUnavailable(`The ${kind} store is closed`)
  }

  async function subscribe(log: string, onHint: () => void): Promise<Cancel> {
    let ended = false
    const cancel = await driver.subscribe(log, () => {
      if (ended || closing !== undefined) return
      try {
        onHint()
      } catch (thrown) {
        report(thrown)
      }
    })
    return () => {
      if (ended) return
      ended = true
      cancel()
    }
  }
}

/** Servers count whole milliseconds; what lives a fraction longer is never gone too early. */
function whole(change: Change): Change {
  return 'put' in change && !Number.isInteger(change.ttl) ? { ...change, ttl: Math.ceil(change.ttl) } : change
}

async function attempt<T>(method: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    throw refusalOf(method, thrown)
  }
}

const methods = [
  'generation',
  'get',
  'commit',
  'increment',
  'listOwned',
  'append',
  'readSince',
  'subscribe',
  'cleanup',
  'close',
] as const

function checkDriver(driver: StoreDriver): void {
  if (!accept.object.test(driver)) throw optionError('defineStore', 'driver', driver, accept.object)
  for (const method of methods) {
    if (typeof driver[method] !== 'function')
      throw optionError('defineStore', method, driver[method], { accepts: 'a function' })
  }
  if (typeof driver.kind !== 'string' || !/^[a-z][a-z0-9-]*$/.test(driver.kind))
    throw optionError('defineStore', 'kind', driver.kind, { accepts: 'a word of small letters, digits and -' })
}
