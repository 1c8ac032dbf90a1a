import { systemClock, type Environment } from '@sallyport/core'
import { Actor } from './act/actor.ts'
import { Keys } from './act/keys.ts'
import type { Policy } from './act/policy.ts'
import { TextRedactor } from './act/text-redactor.ts'
import { entities, type Span } from './engine/entity.ts'
import { Finder } from './engine/finder.ts'
import type { PiiRedactorOptions } from './options.ts'
import { addCounts, type Counts } from './report.ts'
import { JsonStream } from './stream/json-stream.ts'
import { SseStream } from './stream/sse-stream.ts'
import { TextStream, type RedactingStream } from './stream/text-stream.ts'
import { Fields } from './value/fields.ts'
import { Walk } from './value/walk.ts'

/** Which policy. */
export type PolicyName = 'policy' | 'logs' | 'responses'

/** What a stream carries. */
export type StreamKind = 'text' | 'json' | 'sse'

/** Finds and redacts, by three policies over one engine; knows no request. */
export class Redactor {
  readonly finder: Finder
  readonly fields: Fields
  readonly keys: Keys | undefined
  /** What was found since the start, by place. */
  readonly totals: Record<string, Counts> = {}
  readonly #texts: Readonly<Record<PolicyName, TextRedactor>>
  readonly #environment: Environment

  constructor(environment: Environment, options: PiiRedactorOptions) {
    this.#environment = environment
    const own = (options.detectors ?? []).map(({ entity }) => entity)
    this.finder = new Finder({
      entities: new Set([...(options.entities ?? entities), ...own]),
      threshold: options.threshold ?? 0.5,
      thresholds: new Map(Object.entries(options.thresholds ?? {})),
      allowed: new Set((options.allow ?? []).map((one) => one.toLowerCase())),
      detectors: options.detectors ?? [],
      clock: environment.clock ?? systemClock,
      budget: options.budget ?? 1000,
    })
    this.fields = new Fields(options.fields ?? {})
    const scope = options.scope ?? 'app'
    this.keys = options.keys && new Keys(options.keys, scope)
    const means = { keys: this.keys, keyRing: environment.keyRing, classes: options.classes ?? {}, scope }
    const textBy = (policy: Policy | undefined): TextRedactor =>
      new TextRedactor(this.finder, new Actor(means, policy ?? options.policy ?? {}))
    this.#texts = { policy: textBy(undefined), logs: textBy(options.logs), responses: textBy(options.responses) }
  }

  find(text: string): readonly Span[] {
    return this.finder.find(text)
  }

  text(text: string, policy: PolicyName, where: string): string {
    const counts: Counts = {}
    const result = this.#texts[policy].redact(text, counts)
    this.report(where, counts)
    return result
  }

  value(value: unknown, policy: PolicyName, where: string): unknown {
    const counts: Counts = {}
    const result = this.walked(value, policy, counts)
    this.report(where, counts)
    return result
  }

  /** Counts, and publishes nothing: who asks may be who records what is published. */
  valueForOthers(value: unknown): unknown {
    const counts: Counts = {}
    const result = this.walked(value, 'logs', counts)
    for (const _ in counts) {
      addCounts((this.totals['log'] ??= {}), counts)
      break
    }
    return result
  }

  walked(value: unknown, policy: PolicyName, counts: Counts): unknown {
    return new Walk(this.#texts[policy], this.fields, counts).value(value, '', undefined, 0)
  }

  /** Makes the engine of a stream. */
  stream(kind: StreamKind, policy: PolicyName, counts: Counts): RedactingStream {
    const text = this.#texts[policy]
    const json = (): RedactingStream => new JsonStream(text, this.fields, counts)
    const plain = (): RedactingStream => new TextStream(text, counts)
    return kind === 'json' ? json() : kind === 'sse' ? new SseStream(json, plain) : plain()
  }

  /** Tells what was found; counts, never values. */
  report(where: string, counts: Readonly<Counts>, exchange?: Parameters<Environment['publish']>[2]): void {
    for (const _ in counts) {
      addCounts((this.totals[where] ??= {}), counts)
      if (this.#environment.listening) {
        const told = this.#environment.publish('pii.redacted', { where, counts: { ...counts } }, exchange)
        if (told !== undefined) told.catch(() => undefined)
      }
      return
    }
  }
}
