import type { Exchange, Principal, SteppedUp } from '@sallyport/core'
import { eventAccount } from '../account.ts'
import type { Observer } from '../client/observer.ts'
import type { Endings } from '../ending.ts'
import { sessionError } from '../errors.ts'
import type { Inputs, KnownSession } from '../known-session.ts'
import type { LiveSession, Seen } from '../record.ts'
import type { TrackerSettings } from '../settings.ts'
import { assess, type Assessment } from './score.ts'

/** Looks at who uses a session, whenever something about them has changed. */
export class Watch {
  readonly #settings: TrackerSettings
  readonly #observer: Observer
  readonly #endings: Endings

  constructor(settings: TrackerSettings, observer: Observer, endings: Endings) {
    this.#settings = settings
    this.#observer = observer
    this.#endings = endings
  }

  /**
   * @returns whether something is to be written of what was seen
   * @throws SecurityError ERR_SESSION_SUSPICIOUS (401), ERR_SESSION_ENDED (401), or the challenge of the step-up
   */
  async look(exchange: Exchange, known: KnownSession): Promise<boolean> {
    const { hijack, environment } = this.#settings
    const inputs = this.#observer.inputs(exchange)
    const seen = await this.#observer.see(exchange, inputs)
    const assessment = assess(known.record, seen)
    const { score, signals } = assessment
    const grade = this.#gradeOf(assessment)
    if (grade !== undefined && hijack.mode !== 'off') {
      const account = eventAccount(known.record.account, known.sid)
      const enforced = hijack.mode === 'enforce'
      await environment.publish('session.suspicious', { account, score, signals, answer: grade, enforced }, exchange)
      if (enforced && grade === 'end') {
        await this.#endings.end(known.tag, known.sid, { reason: 'hijacked', by: 'system' })
        throw sessionError('ERR_SESSION_ENDED')
      }
      if (enforced && grade === 'step-up') {
        // Whoever is about to prove something has not proved it yet: the next request is looked at again.
        if ((await this.#stepUp(exchange)) === 'under-way') return false
        return accept(known, inputs, { ...seen })
      }
    }
    return accept(known, inputs, travelled(known.record, seen))
  }

  /** What the score of a request is, from 0 to 100. */
  async scoreOf(exchange: Exchange, record: LiveSession): Promise<number> {
    const { score } = assess(record, await this.#observer.see(exchange, this.#observer.inputs(exchange)))
    return Math.min(100, score)
  }

  /**
   * A session that began with tokens bound to a key takes no others (RFC 9449, section 6).
   * @throws SecurityError ERR_SESSION_SUSPICIOUS (401)
   */
  demandBinding({ record }: KnownSession, principal: Principal): void {
    if (record.jkt === undefined || !this.#settings.hijack.keepBinding) return
    if (thumbprintOf(principal) !== record.jkt) throw sessionError('ERR_SESSION_SUSPICIOUS')
  }

  #gradeOf({ score }: Assessment): 'log' | 'step-up' | 'end' | undefined {
    const { logFrom, stepUpFrom, endFrom } = this.#settings.hijack
    if (score >= endFrom) return 'end'
    if (score >= stepUpFrom) return 'step-up'
    return score >= logFrom ? 'log' : undefined
  }

  async #stepUp(exchange: Exchange): Promise<SteppedUp> {
    const { environment, hijack } = this.#settings
    // Nobody here can ask for a second factor: the request is refused, and the session goes on for who began it.
    if (!environment.ports.has('requireStepUp')) throw sessionError('ERR_SESSION_SUSPICIOUS')
    return environment.ports.ask('requireStepUp')(exchange, { maxAge: hijack.stepUpMaxAge })
  }
}

/** Thumbprint of the key that a principal's token is bound to (RFC 9449, section 6.1). */
export function thumbprintOf({ claims }: Principal): string | undefined {
  const { jkt } = Object(claims?.['cnf']) as { jkt?: unknown }
  return typeof jkt === 'string' ? jkt : undefined
}

/** Who travels takes the session along: what the address says moves with them; what their device is stays as it was at the login. */
function travelled(
  record: LiveSession,
  { address, network, place, device }: Seen,
): Partial<Seen> & { confirmed?: true } {
  return {
    ...(address !== undefined && { address }),
    ...(network !== undefined && { network }),
    ...(place !== undefined && { place }),
    ...(device !== undefined && device === record.device && { confirmed: true }),
  }
}

function accept(known: KnownSession, inputs: Inputs, news: Partial<LiveSession>): boolean {
  known.inputs = inputs
  const { record } = known
  const changed = Object.entries(news).some(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(record[name as keyof LiveSession]),
  )
  if (changed) known.found = { ...known.found, record: { ...record, ...news } }
  return changed
}
