/** When keys take turns, in seconds. */
export interface RotationPlan {
  /** How long a key signs. */
  readonly period: number
  /** How long a key is published before it signs, so that whoever keeps the key set for a while knows it by then. */
  readonly publishAhead: number
  /** The longest lifetime of a token. */
  readonly longest: number
}

/** When one key does what, in seconds since the Unix epoch. */
export interface Turn {
  readonly kid: string
  readonly alg: string
  /** It signs from here on until the next one does. */
  readonly signsFrom: number
  /** The end of the last token that it has signed, or later. */
  readonly keptUntil: number
}

/** Clocks differ, and acceptors have leeway: a key stays so much longer than its last token, in seconds. */
const MARGIN = 300

/** The key that signs now: the latest whose turn has come. `turns` are in the order of their turns, and never none. */
export function currentOf<T extends Turn>(turns: readonly T[], now: number): T {
  // Before the first turn only a clock that was set back can be: the first key was published at its first use.
  return turns.findLast((turn) => turn.signsFrom <= now) ?? turns[0]!
}

/** Whether the next key must be published now. */
export function isDue(turns: readonly Turn[], alg: string, plan: RotationPlan, now: number): boolean {
  const newest = turns.at(-1)
  if (newest === undefined) return true
  // Not while one waits for its turn: nodes that are deployed one by one with another algorithm must not go on outbidding each other.
  if (newest.signsFrom > now) return false
  return newest.alg !== alg || now >= newest.signsFrom + plan.period - plan.publishAhead
}

/** The turn of a new key after these. */
export function nextTurn(turns: readonly Turn[], alg: string, plan: RotationPlan, now: number): Omit<Turn, 'kid'> {
  const newest = turns.at(-1)
  // The very first one has nobody before it who could sign in the meantime.
  if (newest === undefined) return turnFrom(now, alg, plan)
  const wished = newest.alg === alg ? newest.signsFrom + plan.period : now
  return turnFrom(Math.max(wished, now + plan.publishAhead), alg, plan)
}

/** A turn that begins at a time. */
export function turnFrom(signsFrom: number, alg: string, { period, longest }: RotationPlan): Omit<Turn, 'kid'> {
  return { alg, signsFrom, keptUntil: signsFrom + period + longest }
}

/** Until when a key must be kept that signs a token with this end; nothing where it is kept long enough anyway. */
export function extended(turn: Turn, expiresAt: number, { longest }: RotationPlan): number | undefined {
  // A key that signs beyond its period, because nobody rotated, gains some at once: not every token may cost a write.
  return expiresAt <= turn.keptUntil ? undefined : expiresAt + longest
}

/** Those that are of use yet: to come, current, or with tokens that have not ended. */
export function alive<T extends Turn>(turns: readonly T[], now: number): readonly T[] {
  const current = currentOf(turns, now)
  return turns.filter((turn) => turn === current || turn.signsFrom > now || turn.keptUntil + MARGIN > now)
}
