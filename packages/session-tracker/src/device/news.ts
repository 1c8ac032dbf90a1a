import type { Environment, EventAccount, Exchange } from '@sallyport/core'
import { fingerprintOf } from '../client/observer.ts'
import type { Seen } from '../record.ts'
import { slotOf, type FoundDevice } from './devices.ts'

/**
 * Tells what is new about a login: its device, its country. Not of an account's first one, where everything is; and not of a browser that
 * has lost its cookie but is of the same kind, in the same network, as one that is known.
 */
export async function tellNews(
  environment: Environment,
  exchange: Exchange,
  account: EventAccount,
  seen: Seen,
  known: readonly FoundDevice[],
): Promise<void> {
  if (known.length === 0) return
  const { client, place, address, network } = seen
  const slot = slotOf(seen)
  const fingerprint = fingerprintOf(seen)
  const isKnown = known.some(
    ({ id, record }) =>
      id === slot || (record.fingerprint === fingerprint && network !== undefined && record.network === network),
  )
  const country = place?.country
  const city = place?.city
  if (!isKnown) {
    const where = {
      ...(country !== undefined && { country }),
      ...(city !== undefined && { city }),
      ...(address !== undefined && { address }),
    }
    await environment.publish(
      'session.new-device',
      { account, browser: client.browser, os: client.os, ...where },
      exchange,
    )
  }
  const countries = [...new Set(known.flatMap(({ record }) => record.countries))]
  if (country !== undefined && countries.length > 0 && !countries.includes(country)) {
    await environment.publish('session.new-country', { account, country, known: countries }, exchange)
  }
}
