import { LONGEST_PEM } from '../detect/pem.ts'

const BEGIN = '-----BEGIN '

/** Where a private key begins whose end has not come yet; `limit` where there is none before it. */
export function openKey(text: string, from: number, limit: number): number {
  let at = text.indexOf(BEGIN, from)
  while (at !== -1 && at < limit) {
    const close = text.indexOf('-----END ', at)
    const tail = close === -1 ? -1 : text.indexOf('-----', close + 9)
    if (tail === -1 && text.length - at < LONGEST_PEM + 64) return at
    at = text.indexOf(BEGIN, at + BEGIN.length)
  }
  return limit
}
