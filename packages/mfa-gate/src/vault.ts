import { optionError, type AccountId, type Environment, type KeyRing } from '@sallyport/core'

/**
 * Seals what factors keep. Each text opens only for the account and the entry that it was sealed for: who can write to the store cannot give
 * one account's secret to another.
 */
export class Vault {
  readonly #keyRing: KeyRing

  /** @throws SecurityError ERR_OPTION where the environment has no key ring */
  constructor(environment: Environment) {
    if (environment.keyRing === undefined) {
      throw optionError('mfaGate', 'env', undefined, {
        accepts:
          'an environment with a key ring, createEnvironment({ keyRing: createKeyRing({ keys }) }), because it keeps secrets',
      })
    }
    this.#keyRing = environment.keyRing
  }

  async seal(kind: string, account: AccountId, id: string, value: unknown): Promise<string> {
    const sealed = await this.#keyRing.seal(contextOf(kind, account, id), Buffer.from(JSON.stringify(value ?? null)))
    return Buffer.from(sealed).toString('base64')
  }

  /** @throws SecurityError ERR_SEAL_BROKEN, ERR_KEY_MISSING (503) */
  async open(kind: string, account: AccountId, id: string, sealed: string): Promise<unknown> {
    const bytes = await this.#keyRing.open(contextOf(kind, account, id), Buffer.from(sealed, 'base64'))
    return JSON.parse(Buffer.from(bytes).toString()) as unknown
  }
}

function contextOf(kind: string, { issuer, tenant, subject }: AccountId, id: string): readonly string[] {
  return [`${kind}.secret`, issuer, tenant ?? '', subject, id]
}
