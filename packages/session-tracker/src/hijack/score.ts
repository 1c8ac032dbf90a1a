import type { Seen } from '../record.ts'

/** What was seen to differ from the login. */
export type Signal = 'browser' | 'system' | 'language' | 'device-missing' | 'device-other' | 'network' | 'country'

/** How much the user of a session differs from who began it. */
export interface Assessment {
  readonly score: number
  readonly signals: readonly Signal[]
}

/**
 * What each sign is worth. Network and country change when somebody travels, and together they stay below what is acted on: an address
 * alone never asks or ends anything. A browser that shows the cookie of its device is that device, wherever it is.
 */
const WORTH: Readonly<Record<Signal, number>> = {
  browser: 40,
  system: 35,
  language: 10,
  'device-missing': 30,
  'device-other': 60,
  network: 10,
  country: 20,
}

/** What the cookie of the same device takes away. */
const SAME_DEVICE = 40

/** Compares what is seen now with what was seen at the login. Of what is not known on either side nothing is said. */
export function assess(before: Seen & { readonly confirmed?: true }, now: Seen): Assessment {
  const signals: Signal[] = []
  const note = (signal: Signal, differs: boolean): void => void (differs && signals.push(signal))
  note('browser', differ(before.client.browser, now.client.browser))
  note(
    'system',
    differ(before.client.os, now.client.os) ||
      differ(before.client.platform, now.client.platform) ||
      differ(before.hint, now.hint),
  )
  note('language', differ(before.language, now.language))
  note('device-missing', before.confirmed === true && now.device === undefined)
  note('device-other', differ(before.device, now.device))
  note('network', differ(before.network, now.network))
  note('country', differ(before.place?.country, now.place?.country))
  const sum = signals.reduce((total, signal) => total + WORTH[signal], 0)
  const same = before.device !== undefined && before.device === now.device
  return { score: Math.max(0, sum - (same ? SAME_DEVICE : 0)), signals }
}

function differ(before: string | undefined, now: string | undefined): boolean {
  return before !== undefined && now !== undefined && before !== now
}
