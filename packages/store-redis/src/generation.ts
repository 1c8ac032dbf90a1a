import { randomBytes } from 'node:crypto'
import type { Clock } from '@sallyport/core'
import type { Generation } from '@sallyport/core/store'
import type { Commander } from './commander.ts'
import { generation as script } from './scripts/logs.ts'

/** How often the store is asked for its generation although nothing seems to have changed, in milliseconds: a day. */
const CONFIRMED_EVERY = 86_400_000

/** The store's generation as this process knows it. It is kept under a key of its own, and with each log. */
export class KnownGeneration {
  readonly #commander: Commander
  readonly #key: string
  readonly #clock: Clock
  #known: string | undefined
  /** Whether a log told of it, and not the store's own key, which then has to hear of it. */
  #fromLog = false
  #asking: Promise<string> | undefined
  #askedAt = 0
  #chance = chance()

  constructor(commander: Commander, key: string, clock: Clock) {
    this.#commander = commander
    this.#key = key
    this.#clock = clock
  }

  /** Asks the store. */
  async ask(): Promise<Generation> {
    const id = await (this.#asking ??= this.#ask().finally(() => (this.#asking = undefined)))
    return { id, since: Number(id.slice(0, id.indexOf('-'))) }
  }

  /** What makes a generation one of a kind that is begun now. */
  get chance(): string {
    return this.#chance
  }

  /** What is known; nothing before it was asked for. */
  get known(): string | undefined {
    // So that the key does not come to the end of its life under an app that runs for more than a year.
    if (this.#known !== undefined && this.#clock.now() - this.#askedAt > CONFIRMED_EVERY)
      this.ask().catch(() => undefined)
    return this.#known
  }

  /** A log was of this generation. */
  heard(generation: string): void {
    if (generation === this.#known) return
    if (this.#known !== undefined && compareGenerations(generation, this.#known) < 0) return
    this.#learn(generation, true)
  }

  async #ask(): Promise<string> {
    this.#askedAt = this.#clock.now()
    const asked = [this.#chance, this.#known ?? '', this.#fromLog ? 'log' : '']
    const held = String(await this.#commander.write(script, [this.#key], asked))
    if (this.#known === undefined || compareGenerations(held, this.#known) >= 0) this.#learn(held, false)
    return held
  }

  #learn(generation: string, fromLog: boolean): void {
    this.#known = generation
    this.#fromLog = fromLog
    // Used, by this process: the next one is another.
    if (generation.endsWith(this.#chance)) this.#chance = chance()
  }
}

/** Which of two began later: above 0 for the first. They are a time in milliseconds, a dash, and hexadecimal digits. */
export function compareGenerations(one: string, other: string): number {
  return Number.parseInt(one, 10) - Number.parseInt(other, 10) || chanceOf(one) - chanceOf(other)
}

function chanceOf(generation: string): number {
  return Number.parseInt(generation.slice(generation.indexOf('-') + 1), 16)
}

/** As many digits as a number can hold. */
function chance(): string {
  return randomBytes(6).toString('hex')
}
