/** All letters and digits but the last four become `*`; signs stay, so that the form can be seen. Short values show nothing. */
function maskTail(value: string): string {
  const all = Array.from(value)
  const count = all.filter((c) => /[\p{L}\p{N}]/u.test(c)).length
  let left = count >= 8 ? count - 4 : count
  return all.map((c) => (/[\p{L}\p{N}]/u.test(c) && left-- > 0 ? '*' : c)).join('')
}

/** Masks by the kind of value. */
export function mask(entity: string, value: string): string {
  switch (entity) {
    case 'EMAIL': {
      const at = value.lastIndexOf('@')
      return at < 1 ? '***' : `${value[0]}***${value.slice(at)}`
    }
    case 'URL':
      return maskUrl(value)
    case 'SECRET':
      return '********'
    case 'NAME':
      return value.replaceAll(/[\p{L}\p{M}'’.-]+/gu, (word) => `${Array.from(word)[0]}***`)
    case 'ADDRESS':
    case 'COORDINATES':
    case 'DATE_OF_BIRTH':
      return value.replaceAll(/[\p{L}\p{N}]/gu, '*')
    case 'IP':
      return generaliseIp(value)
    default:
      return maskTail(value)
  }
}

const LET_IN =
  /([?&#;][^=&#]*(?:token|key|secret|passw(?:or)?d|pwd|sig(?:nature)?|credential|session|sid|code|jwt|otp|auth|ticket|invite|magic|nonce|reset|bearer)[^=&#]*=)[^&#]*/gi

function maskUrl(value: string): string {
  return value.replace(/:\/\/[^/?#]*@/, '://***:***@').replaceAll(LET_IN, '$1***')
}

/** The /24 of an IPv4 address, the /48 of an IPv6 one. */
function generaliseIp(value: string): string {
  const four = /^(\d+\.\d+\.\d+)\.\d+$/.exec(value)
  if (four !== null) return `${four[1]}.0`
  const [head = ''] = value.split('::')
  return `${head.split(':').slice(0, 3).join(':')}::`
}

/** Says less: a network, a year, a degree, a country or a domain; where nothing of it may be said, the label. */
export function generalise(entity: string, value: string): string {
  switch (entity) {
    case 'IP':
      return generaliseIp(value)
    case 'DATE_OF_BIRTH':
      return /(?:1[89]|20)\d\d/.exec(value)?.[0] ?? `[${entity}]`
    case 'COORDINATES':
      return value.replaceAll(/(-?\d{1,3}\.\d)\d*/g, '$1')
    case 'EMAIL':
      return `[EMAIL]${value.slice(value.lastIndexOf('@'))}`
    case 'IBAN':
      return `${value.slice(0, 2).toUpperCase()}[IBAN]`
    case 'CARD':
      return `${value.replaceAll(/\D/g, '').slice(0, 6)}[CARD]`
    default:
      return `[${entity}]`
  }
}
