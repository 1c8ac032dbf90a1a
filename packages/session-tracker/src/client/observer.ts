import { hash } from 'node:crypto'
import type { Exchange } from '@sallyport/core'
import type { DeviceCookie } from '../device/device-cookie.ts'
import type { Inputs } from '../known-session.ts'
import type { Seen } from '../record.ts'
import type { TrackerSettings } from '../settings.ts'
import { keptAddress, networkOf } from './network.ts'
import { placeAt } from './place.ts'
import { UserAgents } from './user-agent.ts'

/** Sees who sends a request, as far as the server can: no script, nothing that only measuring a browser would show. */
export class Observer {
  readonly #settings: TrackerSettings
  readonly #device: DeviceCookie | undefined
  readonly #agents = new UserAgents()

  constructor(settings: TrackerSettings, device: DeviceCookie | undefined) {
    this.#settings = settings
    this.#device = device
  }

  /** What the request brings, as it came. */
  inputs(exchange: Exchange): Inputs {
    return {
      agent: exchange.header('user-agent'),
      address: exchange.clientAddress,
      language: exchange.header('accept-language'),
      device: this.#device?.raw(exchange),
    }
  }

  /** Whether a request brings the same. */
  same(exchange: Exchange, inputs: Inputs): boolean {
    return (
      exchange.header('user-agent') === inputs.agent &&
      exchange.clientAddress === inputs.address &&
      exchange.header('accept-language') === inputs.language &&
      (this.#device === undefined || this.#device.raw(exchange) === inputs.device)
    )
  }

  async see(exchange: Exchange, inputs: Inputs): Promise<Seen> {
    const { geo, addresses } = this.#settings
    const place = await placeAt(geo, inputs.address)
    const language = languageOf(inputs.language)
    const hint = hintOf(exchange.header('sec-ch-ua-platform'))
    const address = keptAddress(inputs.address, addresses)
    const network = networkOf(inputs.address, place?.asn)
    const device = inputs.device === undefined ? undefined : await this.#device?.read(inputs.device)
    return {
      client: this.#agents.read(inputs.agent),
      ...(language !== undefined && { language }),
      ...(hint !== undefined && { hint }),
      ...(place !== undefined && { place }),
      ...(address !== undefined && { address }),
      ...(network !== undefined && { network }),
      ...(device !== undefined && { device }),
    }
  }
}

/** `de` of `de-AT,de;q=0.9`. */
function languageOf(header: string | undefined): string | undefined {
  return /^\s*([a-z]{2,3})\b/i.exec(header?.slice(0, 40) ?? '')?.[1]?.toLowerCase()
}

/** Chromium's word for the system, which a changed user agent does not change. */
function hintOf(header: string | undefined): string | undefined {
  return /^"([\w ]{1,30})"$/.exec(header ?? '')?.[1]
}

/** Names a coarse kind of client: family, system, language. Many people share one. */
export function fingerprintOf({ client, language, hint }: Seen): string {
  const parts = [client.browser, client.os, client.platform, language, hint]
  return hash('sha256', JSON.stringify(parts.map((part) => part ?? null)), 'base64url').slice(0, 12)
}
