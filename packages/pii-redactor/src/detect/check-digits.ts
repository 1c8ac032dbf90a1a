/** The NHS number of England, Wales and the Isle of Man: weights 10 to 2, modulo 11. */
export function isHealthNumber(text: string): boolean {
  const digits = text.replaceAll(/\D/g, '')
  let sum = 0
  for (let i = 0; i < 9; i++) sum += Number(digits[i]) * (10 - i)
  const check = (11 - (sum % 11)) % 11
  return digits.length === 10 && check !== 10 && check === Number(digits[9]) && !/^(\d)\1+$/.test(digits)
}

/** The SNILS of Russia: weights 9 to 1, modulo 101. */
export function isSnils(text: string): boolean {
  const digits = text.replaceAll(/\D/g, '')
  let sum = 0
  for (let i = 0; i < 9; i++) sum += Number(digits[i]) * (9 - i)
  const check = sum < 100 ? sum : sum % 101 === 100 ? 0 : sum % 101
  return digits.length === 11 && check === Number(digits.slice(9))
}

/** The identity number of Singapore (and, with F, G and M, of its residents from abroad). */
export function isSingaporean(text: string): boolean {
  const weights = [2, 7, 6, 5, 4, 3, 2]
  const kind = text[0]!.toUpperCase()
  let sum = kind === 'T' || kind === 'G' ? 4 : kind === 'M' ? 3 : 0
  for (let i = 0; i < 7; i++) sum += Number(text[i + 1]) * weights[i]!
  const table = kind === 'S' || kind === 'T' ? 'JZIHGFEDCBA' : kind === 'M' ? 'KLJNPQRTUWX' : 'XWUTRQPNMLK'
  const place = kind === 'M' ? 10 - (sum % 11) : sum % 11
  return table[place] === text[8]!.toUpperCase()
}
