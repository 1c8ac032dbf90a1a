import type { PiiRedactor } from '../pii-redactor.ts'

/** The `hooks` of pino's options. */
export interface PinoHooks {
  streamWrite(line: string): string
}

/**
 * Hooks for pino: each finished line is redacted before it is written, so also bindings of children and what serialisers made. Pino's
 * own fields stay.
 *
 * ```ts
 * const logger = pino({ hooks: pinoHooks(pii) })
 * ```
 */
export function pinoHooks(pii: PiiRedactor): PinoHooks {
  return {
    streamWrite(line) {
      let entry: Record<string, unknown>
      try {
        entry = JSON.parse(line) as Record<string, unknown>
      } catch {
        return pii.redact(line, { as: 'logs' })
      }
      const { level, time, pid, hostname, ...rest } = entry
      const redacted = pii.redact(rest, { as: 'logs' })
      return redacted === rest ? line : `${JSON.stringify({ level, time, pid, hostname, ...redacted })}\n`
    },
  }
}
