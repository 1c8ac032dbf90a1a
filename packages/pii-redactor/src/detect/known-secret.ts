import type { Cursor } from '../engine/cursor.ts'

/** Forms of keys and tokens that say by themselves what they are, by their first two characters. */
const forms: readonly (readonly [prefixes: string, form: RegExp])[] = [
  // A JSON web token or its encrypted form (RFC 7519): three or five parts, the first being an object.
  ['ey', /eyJ[\w-]{8,1000}\.[\w-]{4,3000}(?:\.[\w-]{0,1000}){0,3}/y],
  ['AK AS AI AR AG AB', /(?:AKIA|ASIA|AROA|AIDA|AGPA|AIPA|ANPA|ANVA|ABIA|ACCA)[A-Z2-7\d]{16}/y],
  ['AI', /AIza[\w-]{35}/y],
  ['gh', /gh[pousr]_\w{36,255}|github_pat_\w{22,255}/y],
  ['gi', /github_pat_\w{22,255}/y],
  ['gl', /gl(?:pat|ptt|dt|rt|ft|soat|cbt|imt|agent)-[\w-]{20,64}/y],
  ['sk', /sk-(?:ant-|proj-|svcacct-|admin-|or-)?[\w-]{20,200}|sk_(?:live|test|prod)_\w{10,99}/y],
  ['rk pk', /[rp]k_(?:live|test|prod)_\w{10,99}/y],
  ['wh', /whsec_[\w+/=]{20,99}/y],
  ['xo xa', /xox[abeoprs]-[\w-]{10,250}|xapp-\d-[\w-]{10,250}/y],
  ['SG', /SG\.[\w-]{16,32}\.[\w-]{16,64}/y],
  ['SK AC', /(?:SK|AC)[\da-f]{32}/y],
  ['np', /npm_\w{36}/y],
  ['py', /pypi-[\w-]{50,300}/y],
  ['hf', /hf_[A-Za-z\d]{30,40}/y],
  ['do', /do[opr]_v1_[\da-f]{64}|dop_v1_[\da-f]{64}/y],
  ['ya', /ya29\.[\w-]{20,300}/y],
  ['GO', /GOCSPX-[\w-]{20,40}/y],
  ['sh', /sh(?:pat|pca|ppa|pss)_[\da-fA-F]{32}/y],
  ['sq', /sq0(?:atp|csp|idp)-[\w-]{20,50}/y],
  ['EA', /EAA[A-Za-z\d]{60,300}/y],
  ['AG', /AGE-SECRET-KEY-1[\dA-Z]{58}/y],
  ['ke', /key-[\da-f]{32}/y],
  ['dc', /dckr_(?:pat|oat)_[\w-]{20,64}/y],
  ['hv', /hv[sbr]\.[\w-]{20,200}/y],
  ['da', /dapi[\da-f]{32}(?:-\d)?/y],
  ['pa', /pat[A-Za-z\d]{14}\.[\da-f]{64}/y],
  ['ln', /lin_api_\w{32,64}/y],
  ['li', /lin_api_\w{32,64}/y],
  ['se', /secret_[A-Za-z\d]{40,50}/y],
  ['nv', /nvapi-[\w-]{40,90}/y],
  ['gs', /gsk_\w{40,80}/y],
  ['r8', /r8_\w{37,40}/y],
  ['fi', /fi(?:go|o)-[\w-]{40,80}/y],
  ['gl', /glc_[\w+/=]{32,400}/y],
  ['sb', /sbp_[\da-f]{40}/y],
  ['PM', /PMAK-[\da-f]{24}-[\da-f]{34}/y],
  ['xk', /xkeysib-[\da-f]{64}-\w{16}/y],
]

const byPrefix = new Map<number, RegExp[]>()
for (const [prefixes, form] of forms) {
  for (const prefix of prefixes.split(' ')) {
    const key = (prefix.charCodeAt(0) << 7) | prefix.charCodeAt(1)
    byPrefix.set(key, [...(byPrefix.get(key) ?? []), form])
  }
}
/** Whether some form begins with two characters: a byte for each pair. */
const begins = new Uint8Array(1 << 14)
for (const key of byPrefix.keys()) begins[key] = 1

/** A key or token of a known form at a place; answers where it ends, or the place itself. */
export function knownSecret(cursor: Cursor, start: number): number {
  const { text } = cursor
  const a = text.charCodeAt(start)
  const b = text.charCodeAt(start + 1)
  if (a > 127 || b > 127) return start
  const key = (a << 7) | b
  if (begins[key] !== 1) return start
  if (start > 0 && text.charCodeAt(start - 1) === 95) return start
  for (const form of byPrefix.get(key)!) {
    form.lastIndex = start
    if (!form.test(text)) continue
    let stop = form.lastIndex
    while (text.charCodeAt(stop - 1) === 46) stop--
    if (cursor.add('SECRET', start, stop, 0.98)) return stop
  }
  return start
}
