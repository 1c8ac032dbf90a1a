import { optionError, type OptionRule } from '@sallyport/core'

/** A length of time: seconds, or a text such as `30s`, `5m`, `12h`, `14d`. */
export type Duration = number | `${number}${'s' | 'm' | 'h' | 'd'}`

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }
const accepts = "seconds, or a text such as '30s', '5m', '12h' or '14d'"

/**
 * A duration in seconds.
 * @throws SecurityError ERR_OPTION
 */
export function secondsOf(factory: string, option: string, given: Duration): number {
  const seconds = isDuration(given) ? read(given) : Number.NaN
  if (!(seconds >= 1 && seconds <= 1_577_880_000)) throw optionError(factory, option, given, { accepts })
  return seconds
}

/** Whether a value is written as durations are. */
function isDuration(value: unknown): value is Duration {
  return typeof value === 'number' || (typeof value === 'string' && /^\d+(?:\.\d+)?[smhd]$/.test(value))
}

export const durationRule: OptionRule = { accepts: accepts, test: isDuration }

function read(given: Duration): number {
  return typeof given === 'number' ? given : Number(given.slice(0, -1)) * units[given.at(-1)!]!
}
