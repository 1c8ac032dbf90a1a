import type { Environment } from '@sallyport/core'
import type { LogBackend } from '../log/backend.ts'
import { readCheckpoint } from '../merkle/checkpoint.ts'
import { openNote, readVkey, splitNote } from '../merkle/note.ts'
import { proveConsistency } from '../proof/prove.ts'
import type { LogSource } from '../read/log-reader.ts'
import type { CheckpointSink } from './sinks.ts'
import type { Witness } from './witness.ts'

/** What checkpoints are sent with. */
export interface SenderSettings {
  readonly sinks: readonly CheckpointSink[]
  readonly witnesses: readonly Witness[]
  /** Milliseconds between two that are sent. */
  readonly interval: number
  readonly environment: Environment
  readonly backend: Pick<LogBackend, 'source' | 'keepWitnessed'>
}

/** Takes checkpoints off the machine and collects cosignatures. What fails is said once, and tried with the next one. */
export class CheckpointSender {
  readonly #settings: SenderSettings
  readonly #failing = new Set<string>()
  readonly #known = new Map<Witness, number>()
  #last = -Infinity
  #sending: Promise<void> = Promise.resolve()

  constructor(settings: SenderSettings) {
    this.#settings = settings
  }

  /** Takes a new checkpoint. `now`: whatever was sent just before. */
  take(note: string, now: boolean = false): Promise<void> {
    const { interval, environment } = this.#settings
    const time = environment.clock.now()
    if (!now && Math.abs(time - this.#last) < interval) return this.#sending
    this.#last = time
    return (this.#sending = this.#sending.then(() => this.#send(note)))
  }

  async #send(note: string): Promise<void> {
    const { sinks, witnesses } = this.#settings
    await Promise.all(sinks.map((sink, i) => this.#attempt(`audit-checkpoint-${i + 1}`, () => sink(note))))
    if (witnesses.length === 0) return
    const lines = await Promise.all(
      witnesses.map((witness, i) => this.#attempt(`audit-witness-${i + 1}`, () => this.#cosign(witness, note))),
    )
    const cosigned = lines.filter((one) => one !== undefined)
    if (cosigned.length === 0) return
    await this.#settings.backend.keepWitnessed(note + cosigned.join(''))
  }

  async #cosign(witness: Witness, note: string): Promise<string> {
    let seen = this.#known.get(witness) ?? 0
    for (let attempt = 0; ; attempt++) {
      const answer = await witness.cosign(seen, await this.#proof(seen, note), note)
      if ('seen' in answer && attempt === 0) {
        seen = answer.seen
        continue
      }
      if (!('lines' in answer)) throw new Error('The witness has seen another log')
      const line = answer.lines.split('\n')[0]!
      // Only what holds is kept: a witness that answers anything else would make every proof invalid.
      openNote(`${splitNote(note).text}\n${line}\n`, [readVkey(witness.vkey)])
      this.#known.set(witness, readCheckpoint(splitNote(note).text).size)
      return `${line}\n`
    }
  }

  async #proof(seen: number, note: string): Promise<readonly string[]> {
    const { size } = readCheckpoint(splitNote(note).text)
    if (seen === 0 || seen >= size) return []
    const source = await this.#settings.backend.source()
    return proveConsistency({ ...methodsOf(source), checkpoint: () => Promise.resolve(note) }, seen)
  }

  async #attempt<Result>(part: string, act: () => Result | Promise<Result>): Promise<Result | undefined> {
    try {
      const result = await act()
      if (this.#failing.delete(part)) this.#tell(part, true)
      return result
    } catch {
      if (!this.#failing.has(part)) this.#tell(part, false)
      this.#failing.add(part)
      return undefined
    }
  }

  #tell(part: string, healthy: boolean): void {
    void Promise.resolve(this.#settings.environment.publish('health.changed', { part, healthy })).catch(() => undefined)
  }
}

function methodsOf(source: LogSource): Pick<LogSource, 'tile'> {
  return { tile: (level, n, width) => source.tile(level, n, width) }
}
