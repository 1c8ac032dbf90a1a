import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { AccountId, Environment, Exchange } from '@sallyport/core'
import { accept, checkOptions, type OptionRules } from '@sallyport/core'
import { drawId, partitionOf } from './account.ts'
import { durationRule, secondsOf, type Duration } from './duration.ts'
import { mfaError } from './errors.ts'
import { decode, encode } from './record.ts'

/** Options of `devices`: trusted browsers. */
export interface DeviceOptions {
  /** How long a browser is trusted. @default '30d' */
  readonly lifetime?: Duration
  /** Name of the cookie. @default '__Host-mfa-device' */
  readonly cookie?: string
}

const rules: OptionRules<DeviceOptions> = {
  lifetime: durationRule,
  cookie: {
    accepts: "a name that begins with '__Host-'",
    test: (v) => accept.string.test(v) && /^__Host-[\w-]+$/.test(v as string),
  },
}

/** A browser that an account trusts. Times are in milliseconds since the Unix epoch. */
export interface TrustedDevice {
  readonly id: string
  /** What its owner calls it. */
  readonly name: string
  readonly createdAt: number
  readonly expiresAt: number
}

interface Kept extends Omit<TrustedDevice, 'id'> {
  readonly digest: string
}

const OWNER = 'devices'
const PREFIX = 'd.'
const PAGE = 100

/** Browsers that need no second factor at login for some time. They never spare a step-up. */
export class Devices {
  readonly #environment: Environment
  readonly #lifetime: number
  readonly #cookie: string

  /** @throws SecurityError ERR_OPTION */
  constructor(environment: Environment, options: DeviceOptions = {}) {
    checkOptions<DeviceOptions>('mfaGate devices', options, rules)
    const { lifetime = '30d', cookie = '__Host-mfa-device' } = options
    this.#environment = environment
    this.#lifetime = secondsOf('mfaGate devices', 'lifetime', lifetime)
    this.#cookie = cookie
  }

  /** Trusts the browser of a request from now on. */
  async trust(exchange: Exchange, account: AccountId, name: string): Promise<void> {
    const { store, clock } = this.#environment
    const id = drawId()
    const secret = randomBytes(32).toString('base64url')
    const createdAt = clock.now()
    const kept: Kept = {
      name,
      createdAt,
      expiresAt: createdAt + this.#lifetime * 1000,
      digest: hash('sha256', secret, 'base64url'),
    }
    const put = {
      put: `${PREFIX}${id}`,
      value: encode(kept),
      ttl: this.#lifetime * 1000,
      if: 'absent',
      owner: OWNER,
    } as const
    await store.commit(partitionOf(account), [put])
    this.#set(exchange, `${id}.${secret}`, this.#lifetime)
    await this.#environment.publish('mfa.device', { action: 'trusted', device: id }, exchange)
  }

  /** What a request says which device it comes from: a text to remember what was found out, nothing more. */
  presented(exchange: Exchange): string | undefined {
    const values = exchange.cookies.get(this.#cookie)
    return values?.length === 1 ? values[0] : undefined
  }

  /** Whether a request comes from a browser that this account trusts. */
  async trusts(exchange: Exchange, account: AccountId): Promise<boolean> {
    const [, id, secret] = /^([\w-]{20})\.([\w-]{43})$/.exec(this.presented(exchange) ?? '') ?? []
    if (id === undefined) return false
    const entry = await this.#environment.store.get({ partition: partitionOf(account), id: `${PREFIX}${id}` })
    if (entry === undefined) return false
    const { digest, expiresAt } = decode<Kept>(entry.value)
    const given = hash('sha256', secret!, 'base64url')
    return expiresAt > this.#environment.clock.now() && timingSafeEqual(Buffer.from(digest), Buffer.from(given))
  }

  async list(account: AccountId): Promise<readonly TrustedDevice[]> {
    const entries = await this.#environment.store.listOwned(partitionOf(account), OWNER, { limit: PAGE })
    return entries.map(({ id, value }) => {
      const { digest: _, ...shown } = decode<Kept>(value)
      return { id: id.slice(PREFIX.length), ...shown }
    })
  }

  /** @throws SecurityError ERR_MFA_NOT_FOUND (404) */
  async revoke(account: AccountId, id: string, exchange?: Exchange): Promise<void> {
    const known = (await this.list(account)).some((one) => one.id === id)
    if (!known) throw mfaError('ERR_MFA_NOT_FOUND')
    await this.#environment.store.commit(partitionOf(account), [{ delete: `${PREFIX}${id}` }])
    await this.#environment.publish('mfa.device', { action: 'revoked', device: id }, exchange)
  }

  async revokeAll(account: AccountId, exchange?: Exchange): Promise<void> {
    for (let page = await this.list(account); page.length > 0; page = await this.list(account)) {
      for (const { id } of page) await this.revoke(account, id, exchange)
    }
  }

  #set(exchange: Exchange, value: string, maxAge: number): void {
    // RFC 6265bis, section 4.1.3.2: a browser takes it only with Secure, for the whole host, and from that host.
    exchange.appendHeader(
      'set-cookie',
      `${this.#cookie}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; Secure; SameSite=Lax`,
    )
  }
}
