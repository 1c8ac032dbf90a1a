import { format } from 'node:util'
import type { PiiRedactor } from '../pii-redactor.ts'

const METHODS = ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const

/** The methods of a console that print. */
export type RedactingConsole = Pick<Console, (typeof METHODS)[number]>

/**
 * Makes a console print nothing personal, by choice: the process's, unless another one is given. What is printed is formatted as ever, and
 * then redacted as text.
 * @returns puts it back as it was
 */
export function redactConsole(pii: PiiRedactor, target: RedactingConsole = console): () => void {
  const originals = METHODS.map((name) => [name, target[name]] as const)
  for (const [name, original] of originals) {
    target[name] = (...args: unknown[]) => {
      original.call(
        target,
        '%s',
        pii.redact(format(...args.map((one) => (typeof one === 'object' ? pii.redact(one, { as: 'logs' }) : one))), {
          as: 'logs',
        }),
      )
    }
  }
  return () => {
    for (const [name, original] of originals) target[name] = original
  }
}
