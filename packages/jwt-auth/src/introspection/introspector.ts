import { debugOf, originOf, type Environment } from '@sallyport/core'
import { Refusal } from '../errors.ts'
import { FetchFailure, fetchJson, type FormPost } from '../keys/fetch-json.ts'
import { isWithinDepth } from '../json.ts'
import { BackOff } from './back-off.ts'
import type { IntrospectionSettings } from './options.ts'

const debug = debugOf('jwt-auth')

const MAX_BYTES = 65_536

/** What a server says of an active token, not checked yet. */
export type IntrospectedClaims = Readonly<Record<string, unknown>>

/** Asks an issuer what a token is worth (RFC 7662). Within bounds, and not while the server is known not to answer. */
export class Introspector {
  readonly #settings: IntrospectionSettings
  readonly #issuer: string
  readonly #environment: Environment
  readonly #backOff = new BackOff()
  readonly #closing = new AbortController()
  #underWay = 0

  constructor(issuer: string, settings: IntrospectionSettings, environment: Environment) {
    this.#issuer = issuer
    this.#settings = settings
    this.#environment = environment
  }

  /**
   * Whether answers are to be had: `unavailable` until it is time for the next attempt, so that a probe which keeps traffic away does not
   * keep that attempt away too.
   */
  state(now: number): 'ready' | 'unavailable' {
    return this.#backOff.mayTry(now) ? 'ready' : 'unavailable'
  }

  close(): void {
    this.#closing.abort()
  }

  /**
   * What the server says of a token; nothing where it says that it is not active.
   * @throws Refusal ERR_JWT_INTROSPECTION_UNAVAILABLE
   */
  async ask(token: string): Promise<IntrospectedClaims | undefined> {
    const began = this.#environment.clock.now()
    if (!this.#backOff.mayTry(began)) throw this.#unavailable('the introspection endpoint does not answer')
    if (this.#underWay >= this.#settings.concurrency) throw this.#unavailable('too many introspections at a time')
    this.#backOff.began(began)
    this.#underWay++
    try {
      const answer = await this.#post(token)
      if (this.#backOff.failing) this.#announce(true)
      this.#backOff.succeeded()
      return answer
    } catch (thrown) {
      if (!isAboutToken(thrown)) this.#failed(began)
      const why = thrown instanceof FetchFailure ? thrown.message : `failed: ${originOf(thrown).name}`
      throw this.#unavailable(`the introspection endpoint ${why}`)
    } finally {
      this.#underWay--
    }
  }

  #failed(began: number): void {
    const wasFailing = this.#backOff.failing
    this.#backOff.failed(began, this.#environment.clock.now())
    if (!wasFailing && !this.#closing.signal.aborted) this.#announce(false)
  }

  async #post(token: string): Promise<IntrospectedClaims | undefined> {
    const { url, timeout } = this.#settings
    const { clock } = this.#environment
    const limits = { timeout: timeout * 1000, maxBytes: MAX_BYTES, clock, signal: this.#closing.signal }
    const { document } = await fetchJson(url, limits, await this.#request(token))
    const { active } = Object(document) as { readonly active?: unknown }
    if (typeof active !== 'boolean' || !isWithinDepth(document))
      throw new FetchFailure('gives no introspection response')
    return active ? (document as IntrospectedClaims) : undefined
  }

  async #request(token: string): Promise<FormPost> {
    const { clientId, clientSecret, clientSecretIn, clientAssertion } = this.#settings
    const form = new URLSearchParams({ token, token_type_hint: 'access_token' })
    if (clientSecret !== undefined && clientSecretIn === 'basic') {
      const pair = `${formEncoded(clientId)}:${formEncoded(clientSecret)}`
      return { headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }, form }
    }
    form.set('client_id', clientId)
    if (clientSecret !== undefined) form.set('client_secret', clientSecret)
    if (clientAssertion) {
      form.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
      form.set('client_assertion', await clientAssertion())
    }
    return { headers: {}, form }
  }

  #unavailable(why: string): Refusal {
    const retryAfter = String(this.#backOff.retryAfter(this.#environment.clock.now()))
    return new Refusal('ERR_JWT_INTROSPECTION_UNAVAILABLE', why, { 'retry-after': retryAfter })
  }

  #announce(healthy: boolean): void {
    debug(`introspection at ${this.#issuer}: ${healthy ? 'answers again' : 'does not answer'}`)
    const detail = { part: 'jwt-auth introspection', healthy, detail: this.#issuer }
    // Nobody's request depends on it.
    this.#environment.publish('health.changed', detail)?.catch(() => undefined)
  }
}

/**
 * Whether a server that answers does not want this one request. Whoever made up its token must not thereby keep the tokens of others from
 * being looked up.
 */
function isAboutToken(thrown: unknown): boolean {
  return thrown instanceof FetchFailure && [400, 413, 414, 422, 431].includes(thrown.status ?? 0)
}

/** RFC 6749, section 2.3.1 and appendix B: each half is encoded as in a form before it goes into Basic. */
function formEncoded(text: string): string {
  return new URLSearchParams({ text }).toString().slice('text='.length)
}
