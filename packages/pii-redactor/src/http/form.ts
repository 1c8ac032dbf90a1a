import type { Redactor } from '../redactor.ts'
import type { Counts } from '../report.ts'

/** A form, field by field. */
export function redactForm(redactor: Redactor, text: string, counts: Counts): string {
  const out = new URLSearchParams()
  for (const [name, value] of new URLSearchParams(text)) {
    const redacted = redactor.walked({ [name]: value }, 'responses', counts) as Record<string, string>
    for (const [key, one] of Object.entries(redacted)) out.append(key, one)
  }
  return out.toString()
}
