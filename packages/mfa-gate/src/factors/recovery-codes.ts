import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import { acceptNumber, checkOptions, type OptionRules } from '@sallyport/core'
import type { Authenticator, Factor } from '../factor.ts'
import { field } from '../fields.ts'

/** Options of `recoveryCodes`. */
export interface RecoveryCodesOptions {
  /** How many codes there are in a set. @default 10 */
  readonly count?: number
}

const rules: OptionRules<RecoveryCodesOptions> = { count: acceptNumber('codes', 4, 50) }

interface RecoveryData {
  /** Of the codes that are left. A fast digest will do for 120 random bits (ASVS 6.5.2). */
  readonly digests: readonly string[]
}

/** Letters and digits without those that look alike (Crockford's base 32). */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
/** 15 bytes are 24 letters of 5 bits, without a rest. */
const BYTES = 15

/**
 * Codes on paper for the day when everything else is lost: 120 bits each, shown once, each good once. A new set takes the place of the old.
 * @throws SecurityError ERR_OPTION
 */
export function recoveryCodes(options: RecoveryCodesOptions = {}): Factor {
  checkOptions<RecoveryCodesOptions>('recoveryCodes', options, rules)
  const { count = 10 } = options
  return {
    kind: 'recovery',
    amr: [],
    most: 1,
    replaces: true,
    enrolment: {
      begin() {
        const codes = Array.from({ length: count }, drawCode)
        const data: RecoveryData = { digests: codes.map(digestOf) }
        return Promise.resolve({ enrolled: { data, name: 'recovery codes', shown: { codes } } })
      },
    },
    verify(_context, { authenticators, fields }) {
      const given = Buffer.from(digestOf(field(fields, 'code') ?? ''))
      for (const { id, data } of authenticators as readonly Authenticator<RecoveryData>[]) {
        const digests = data.digests.filter((one) => !timingSafeEqual(Buffer.from(one), given))
        if (digests.length === data.digests.length) continue
        return Promise.resolve({ authenticator: id, data: { digests }, left: digests.length })
      }
      return Promise.resolve(undefined)
    },
    // Nobody guesses 120 bits: that somebody tries must not keep the owner from using one.
    guessesInMillion: () => 0,
  }
}

function drawCode(): string {
  const bits = [...randomBytes(BYTES)].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const letters = bits.match(/.{5}/g)!.map((five) => ALPHABET[Number.parseInt(five, 2)])
  return letters.join('').match(/.{6}/g)!.join('-')
}

/** Of what people type: capitals, spaces, and letters that are taken for digits. */
function digestOf(code: string): string {
  const plain = code.toLowerCase().replaceAll(/[\s-]/g, '').replaceAll('o', '0').replaceAll(/[il]/g, '1')
  return hash('sha256', plain, 'base64url')
}
