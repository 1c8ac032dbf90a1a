import type { Cursor } from '../engine/cursor.ts'

/** What stands behind a label. */
export interface Value {
  /** Where it begins. */
  readonly at: number
  /** Whether a sign such as `:` or `=` says that it is the label's value. */
  readonly signed: boolean
  /** Whether a word such as `is` does. */
  readonly said: boolean
  /** The quote that it is in, or an empty string. */
  readonly quote: string
}

const between =
  /["'`\])]{0,2}[ \t]{0,4}(?:(?:number|numbers|num|no|nr|nº|n°|№|#|code|value|id|address|holder|field|user|card)\.?(?![\p{L}])[ \t]{0,2}){0,2}(?:\([^()\n]{0,16}\)[ \t]?)?["'`]?[ \t]{0,4}(:=|=>|->|[:=：]|(?:is|was|on|ist|est|es|är|am|le|el|den|il|em)(?=[ \t])|>|,(?="))?[ \t]{0,4}(["'`]|\\")?[([]?/iuy

/** Finds where the value of a label begins that ended here. Looks at most 100 characters ahead. */
export function valueAfter({ text, end }: Cursor, at: number): Value | undefined {
  between.lastIndex = at
  const found = between.exec(text)
  if (found === null || between.lastIndex >= end) return undefined
  const [, sign = '', quote = ''] = found
  const signed = sign !== '' && !/^\p{L}/u.test(sign)
  return { at: between.lastIndex, signed, said: sign !== '' && !signed, quote }
}
