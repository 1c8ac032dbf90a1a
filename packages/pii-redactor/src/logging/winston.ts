import type { PiiRedactor } from '../pii-redactor.ts'

/** What `winston.format.combine` takes. */
export interface WinstonFormat {
  transform<Info extends object>(info: Info): Info
}

/** Keeps winston's own words, among them the level under its symbol. */
const OWN = new Set<string>(['level', 'timestamp'])

/**
 * A format for winston: put it before the one that makes a line of the entry.
 *
 * ```ts
 * format: format.combine(winstonFormat(pii), format.json())
 * ```
 */
export function winstonFormat(pii: PiiRedactor): WinstonFormat {
  return {
    transform<Info extends object>(info: Info): Info {
      const entry = info as Record<string | symbol, unknown>
      const fields = Object.fromEntries(Object.entries(entry).filter(([name]) => !OWN.has(name)))
      const redacted: Record<string | symbol, unknown> = { ...pii.redact(fields, { as: 'logs' }) }
      for (const name of OWN) if (name in entry) redacted[name] = entry[name]
      // `splat` and what other formats made of the entry hold what was logged, too.
      for (const symbol of Object.getOwnPropertySymbols(entry)) {
        redacted[symbol] = symbol.description === 'level' ? entry[symbol] : pii.redact(entry[symbol], { as: 'logs' })
      }
      return redacted as Info
    },
  }
}
