import { accept, acceptNumber, checkOptions, type OptionRules } from '@sallyport/core'
import { auditError } from '../errors.ts'

/** Somebody who signs that a log only grows (C2SP tlog-witness). */
export interface Witness {
  readonly vkey: string
  /**
   * Is shown a checkpoint with a proof that the one it saw last is its beginning; answers its cosignature lines, or the size that it has
   * seen where that is another one.
   */
  cosign(
    oldSize: number,
    proof: readonly string[],
    note: string,
  ): Promise<{ readonly lines: string } | { readonly seen: number }>
}

/** Options of `httpWitness`. */
export interface HttpWitnessOptions {
  /** Where the witness is: the address before `/add-checkpoint`. */
  readonly url: string
  /** Its verifier key: name, id and base64 of the type `0x04` and an Ed25519 key. */
  readonly vkey: string
  /** Time for one call, in milliseconds. @default 5000 */
  readonly deadline?: number
}

const rules: OptionRules<HttpWitnessOptions> = {
  url: {
    accepts: 'an http or https URL without a slash at its end',
    test: (v) => typeof v === 'string' && /^https?:\/\/.*[^/]$/.test(v),
  },
  vkey: accept.string,
  deadline: acceptNumber('milliseconds', 1, 60_000),
}

/** A witness that is asked by HTTP. @throws SecurityError ERR_OPTION */
export function httpWitness(options: HttpWitnessOptions): Witness {
  checkOptions<HttpWitnessOptions>('httpWitness', options, rules)
  const { url, vkey, deadline = 5000 } = options
  return {
    vkey,
    async cosign(oldSize, proof, note) {
      const response = await fetch(`${url}/add-checkpoint`, {
        method: 'POST',
        body: `old ${oldSize}\n${proof.map((hash) => `${hash}\n`).join('')}\n${note}`,
        redirect: 'error',
        signal: AbortSignal.timeout(deadline),
      })
      const text = (await response.text()).slice(0, 10_000)
      if (response.status === 200) return { lines: text }
      // Another size than we thought it had seen.
      const seen = response.status === 409 ? /^(\d{1,15})\n?$/.exec(text)?.[1] : undefined
      if (seen !== undefined) return { seen: Number(seen) }
      throw auditError('ERR_AUDIT_UNAVAILABLE', { message: `The witness answered ${response.status}` })
    },
  }
}
