import { isAlnum } from '../engine/alphabet.ts'
import type { Cursor } from '../engine/cursor.ts'

const LONGEST = 2048
/** Names of parameters whose values let somebody in. */
const TOKENS =
  /[?&#;](?:access_?token|auth(?:_?token|entication)?|api_?key|apikey|key|token|id_?token|refresh_?token|secret|client_?secret|password|passwd|pwd|sig(?:nature)?|x-amz-(?:signature|credential|security-token)|x-goog-signature|session(?:_?id)?|sid|code|jwt|otp|ticket|reset(?:_?token)?|invite|magic|nonce|bearer)=[^&#\s]{6,}/i
const USERINFO = /^[^\s/?#@]{0,512}:[^\s/?#@]{1,512}@/
const STOPS = new Set(Array.from(' \t\n\r"\'<>`|\\^{}\u00a0', (c) => c.charCodeAt(0)))

/** A URL that lets somebody in, around its `://`: by a password, or by a token in its query. */
export function url(cursor: Cursor, at: number): number {
  const { text, end } = cursor
  if (text.charCodeAt(at + 2) !== 47) return at + 1
  let start = at
  while (start > 0 && at - start < 32) {
    const c = text.charCodeAt(start - 1)
    if (!(c < 128 && isAlnum(c)) && c !== 43 && c !== 45 && c !== 46) break
    start--
  }
  if (start === at) return at + 3
  let stop = at + 3
  const most = Math.min(end, at + LONGEST)
  while (stop < most && !STOPS.has(text.charCodeAt(stop))) stop++
  while (stop > at + 3 && '.,;:!?)]'.includes(text[stop - 1]!)) stop--
  const rest = text.slice(at + 3, stop)
  const secret = USERINFO.test(rest) || TOKENS.test(rest)
  if (secret && cursor.add('URL', start, stop, 0.95)) return stop
  return at + 3
}
