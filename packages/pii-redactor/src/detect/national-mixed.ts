import { validate as esDni } from 'stdnum/lib/cjs/es/dni.js'
import { validate as esNie } from 'stdnum/lib/cjs/es/nie.js'
import { validate as fiHetu } from 'stdnum/lib/cjs/fi/hetu.js'
import { validate as gbNino } from 'stdnum/lib/cjs/gb/nino.js'
import { validate as hkId } from 'stdnum/lib/cjs/hk/hkid.js'
import { validate as iePps } from 'stdnum/lib/cjs/ie/pps.js'
import { validate as inPan } from 'stdnum/lib/cjs/in/pan.js'
import { validate as itCodice } from 'stdnum/lib/cjs/it/codicefiscale.js'
import { validate as mxCurp } from 'stdnum/lib/cjs/mx/curp.js'
import { validate as mxRfc } from 'stdnum/lib/cjs/mx/rfc.js'
import { validate as twNatid } from 'stdnum/lib/cjs/tw/natid.js'
import { validate as cnRic } from 'stdnum/lib/cjs/cn/ric.js'
import { isAlnum } from '../engine/alphabet.ts'
import type { Cursor } from '../engine/cursor.ts'
import { NATIONAL, THING } from '../vocabulary/flags.ts'
import { isSingaporean } from './check-digits.ts'

interface Form {
  readonly form: RegExp
  readonly check: (number: string) => { readonly isValid: boolean } | boolean
  /** How sure one is without any word around. */
  readonly alone: number
}

const forms: readonly Form[] = [
  { form: /[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z](?!\w)/iy, check: itCodice, alone: 0.95 },
  { form: /[A-Z]{4}\d{6}[HMX][A-Z]{5}[A-Z\d]\d(?!\w)/iy, check: mxCurp, alone: 0.95 },
  { form: /[A-Z]{3,4}\d{6}[A-Z\d]{3}(?!\w)/y, check: mxRfc, alone: 0.6 },
  { form: /[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D](?!\w)/iy, check: gbNino, alone: 0.85 },
  { form: /\d{8}-?[A-Z](?!\w)/iy, check: esDni, alone: 0.8 },
  { form: /[XYZ]-?\d{7}-?[A-Z](?!\w)/iy, check: esNie, alone: 0.85 },
  { form: /\d{6}[-+A-FU-Y]\d{3}[\dA-Y](?!\w)/iy, check: fiHetu, alone: 0.9 },
  { form: /[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z](?!\w)/y, check: inPan, alone: 0.8 },
  { form: /\d{7}[A-W][A-IW]?(?!\w)/y, check: iePps, alone: 0.6 },
  { form: /[STFGM]\d{7}[A-Z](?!\w)/iy, check: isSingaporean, alone: 0.85 },
  { form: /[A-Z]{1,2}\d{6}\([\dA]\)/iy, check: hkId, alone: 0.85 },
  { form: /[A-Z][12]\d{8}(?!\w)/y, check: twNatid, alone: 0.6 },
  { form: /\d{17}X(?!\w)/iy, check: cnRic, alone: 0.9 },
  { form: /[12] ?\d\d ?\d\d ?2[AB] ?\d{3} ?\d{3} ?\d\d(?!\w)/iy, check: () => true, alone: 0.7 },
]

/** A national number with letters in it. */
export function mixedId(cursor: Cursor, start: number, stop: number): number {
  const { text } = cursor
  const before = text.charCodeAt(start - 1)
  if (start > 0 && (isAlnum(before) || before === 45 || before === 95 || before === 47 || before === 35)) return start
  const named = cursor.before(NATIONAL, start)
  const thing = cursor.distance(THING, start) <= 24
  for (const { form, check, alone } of forms) {
    form.lastIndex = start
    if (!form.test(text)) continue
    const end = form.lastIndex
    const next = text.charCodeAt(end)
    if ((next === 45 || next === 95) && isAlnum(text.charCodeAt(end + 1))) continue
    const result = check(text.slice(start, end))
    const valid = typeof result === 'boolean' ? result : result.isValid
    const score = valid ? (named ? 0.95 : thing ? alone - 0.3 : alone) : named ? 0.55 : 0
    if (score > 0 && cursor.add('NATIONAL_ID', start, end, score)) return Math.max(end, stop)
  }
  return start
}
