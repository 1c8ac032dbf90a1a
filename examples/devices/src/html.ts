/** A piece of markup that is safe to put into a page. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

const MEANING: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Markup with values in it: what is no markup itself is escaped. */
export function html(parts: TemplateStringsArray, ...values: readonly (Html | readonly Html[] | string)[]): Html {
  const shown = values.map((value) => {
    if (value instanceof Html) return value.text
    if (typeof value === 'string') return value.replaceAll(/[&<>"']/g, (one) => MEANING[one]!)
    return value.map(({ text }) => text).join('')
  })
  return new Html(String.raw({ raw: parts }, ...shown))
}
